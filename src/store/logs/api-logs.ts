import type { ApiLog } from "../../core/index.ts";

/** A field of a log of the API gateway, and what it has to be; all conditions have to hold. */
export type ApiLogCondition =
  | { readonly field: "requestId" | "apiId" | "clientAddress" | "environment"; readonly is: readonly string[] }
  | { readonly field: "backendAddress" | "errorMessage"; readonly contains: string }
  | { readonly field: "status"; readonly operator: "=" | "!=" | "<" | ">"; readonly value: number }
  | { readonly field: "status"; readonly contains: string }
  | { readonly field: "durationUs"; readonly operator: ">=" | "<="; readonly value: number };

/** A place in the order of logs: what comes behind it is asked for. */
export interface ApiLogPlace {
  readonly at: number;
  readonly requestId: string;
}

export interface ApiLogSearch {
  readonly serviceId: string;
  /** Milliseconds since 1970, both included. */
  readonly from: number;
  readonly to: number;
  readonly order: "asc" | "desc";
  /** Null: from the first one. */
  readonly after: ApiLogPlace | null;
  readonly limit: number;
  readonly conditions: readonly ApiLogCondition[];
}

/** What the API gateway answered; kept as long as logs of functions are. */
export interface ApiLogTable {
  insert(logs: readonly ApiLog[]): Promise<void>;
  search(search: ApiLogSearch): Promise<readonly ApiLog[]>;
}
