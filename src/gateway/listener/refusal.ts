/** A request that the gateway itself turns down: what was wrong, in a sentence that says what to change. */
export interface Refusal {
  readonly kind: "refusal";
  readonly httpStatus: number;
  readonly code: string;
  readonly message: string;
  /** The limit that fired, its value and the setting that changes it, where there is one. */
  readonly limit?: string;
  readonly value?: string;
  readonly setting?: string;
  /** Seconds after which to try again. */
  readonly retryAfterS?: number;
  /** Further response headers, e.g. `allow`. */
  readonly pairs?: readonly string[];
}

/** Whether the connection can still be trusted afterwards is decided by the caller, not by the refusal. */
export function refusal(
  httpStatus: number,
  code: string,
  message: string,
  more: Pick<Refusal, "limit" | "value" | "setting" | "retryAfterS" | "pairs"> = {},
): Refusal {
  return { kind: "refusal", httpStatus, code, message, ...more };
}
