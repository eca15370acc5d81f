import type { PlanKey } from "../services/compiled-service.ts";

/** Who a request was let in for. */
export interface Caller {
  /** Of the key or application that it was signed with; null: nobody asked. */
  readonly secretId: string | null;
  /** The key of a usage plan, where that was it. */
  readonly key: PlanKey | null;
}

export const anybody: Caller = { secretId: null, key: null };
