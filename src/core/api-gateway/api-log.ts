import type { EnvironmentName } from "./published-service.ts";

/** How the API gateway answered one request of an API. */
export interface ApiLog {
  readonly requestId: string;
  /** When the answer was over, in milliseconds since 1970. */
  readonly at: number;
  readonly serviceId: string;
  readonly apiId: string;
  /** Empty, as the id of the API, where the request matched none. */
  readonly environment: EnvironmentName | "";
  /** As the client named it. */
  readonly host: string;
  /** Without the query, which may hold what nobody should find in a log. */
  readonly path: string;
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly status: number;
  /** Null: the back end was not asked, or did not answer. */
  readonly backendStatus: number | null;
  readonly clientAddress: string;
  /** Of an HTTP back end; empty: there was no connection to one. */
  readonly backendAddress: string;
  /** Of the key or application that the request was signed with; empty: nobody asked for one. */
  readonly keyId: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationUs: number;
  /** From asking the back end to the head of its answer; null: there was none. */
  readonly backendUs: number | null;
  /** Why it failed; empty: it did not. */
  readonly errorMessage: string;
}
