/** Who has to act for the failure to go away. */
export type Fault = "caller" | "function" | "platform";

/**
 * Every failure the platform can answer with. `status` is the documented SCF
 * result code of an invocation (430 = user code, 433 = time limit, …), not an
 * HTTP status: HTTP statuses are chosen in `gateway` and `control` alone.
 */
export const platformErrors = {
  InvalidEvent: { status: 400, fault: "caller", retryable: false },
  InstanceCrashed: { status: 405, fault: "platform", retryable: true },
  RequestTooLarge: { status: 406, fault: "caller", retryable: false },
  ResponseTooLarge: { status: 407, fault: "function", retryable: false },
  ResourceLimit: { status: 429, fault: "platform", retryable: true },
  UserCodeException: { status: 430, fault: "function", retryable: false },
  ConcurrencyLimit: { status: 432, fault: "caller", retryable: true },
  TimeLimitReached: { status: 433, fault: "function", retryable: false },
  MemoryLimitReached: { status: 434, fault: "function", retryable: false },
  FunctionNotFound: { status: 435, fault: "caller", retryable: false },
  InvalidParameterValue: { status: 436, fault: "caller", retryable: false },
  HandlerNotFound: { status: 437, fault: "function", retryable: false },
  FunctionNotReady: { status: 438, fault: "caller", retryable: true },
  ProcessExited: { status: 439, fault: "function", retryable: true },
  QualifierNotFound: { status: 442, fault: "caller", retryable: false },
  UserCodeError: { status: 443, fault: "function", retryable: false },
  DependencyInstallFailed: { status: 443, fault: "function", retryable: true },
  InstanceStartFailed: { status: 445, fault: "function", retryable: true },
  PortBindingFailed: { status: 446, fault: "function", retryable: true },
  InsufficientResources: { status: 449, fault: "platform", retryable: true },
  InitTimeLimitReached: { status: 450, fault: "function", retryable: true },
  RequestCanceled: { status: 499, fault: "caller", retryable: false },
  InternalError: { status: 500, fault: "platform", retryable: true },
  StoreUnavailable: { status: 500, fault: "platform", retryable: true },
} as const satisfies Record<string, { status: number; fault: Fault; retryable: boolean }>;

export type PlatformErrorCode = keyof typeof platformErrors;

/** What an error says beyond its sentence, so that a reader knows what to change. */
export interface ErrorDetails {
  /** The limit that fired, e.g. "Timeout". */
  readonly limit?: string;
  /** Its value with unit, e.g. "3 s". */
  readonly value?: string;
  /** The setting that changes it, e.g. "Timeout of the function". */
  readonly setting?: string;
  /** Stack trace of user code, when there is one. */
  readonly stackTrace?: string;
  /** Seconds after which a retry may succeed. */
  readonly retryAfterS?: number;
  readonly cause?: unknown;
}

/** A failure with a code of the catalogue: whose fault it is and whether a retry can help come from there. */
export class PlatformError extends Error {
  readonly code: PlatformErrorCode;
  readonly details: ErrorDetails;

  constructor(code: PlatformErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "PlatformError";
    this.code = code;
    this.details = details;
  }

  /** SCF result code, e.g. 433. */
  get status(): number {
    return platformErrors[this.code].status;
  }

  get fault(): Fault {
    return platformErrors[this.code].fault;
  }

  get isRetryable(): boolean {
    return platformErrors[this.code].retryable;
  }
}

/** What was thrown, as a sentence or what comes next to one. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
