import type { Fault, PlatformError, PlatformErrorCode } from "../../core/index.ts";
import type { Refusal } from "../listener/refusal.ts";

/** Which layer of the platform an error comes from. */
export type Layer = "gateway" | "scheduler" | "sandbox" | "function" | "service" | "store";

/** A failure as the client is told it: HTTP status, SCF code and what to change. */
export interface Failure {
  readonly httpStatus: number;
  readonly code: string;
  /** SCF result code, or the HTTP status for refusals of the gateway itself. */
  readonly status: number;
  readonly message: string;
  readonly layer: Layer;
  readonly fault: Fault;
  readonly limit: string | null;
  readonly value: string | null;
  readonly setting: string | null;
  readonly retryAfterS: number | null;
  readonly pairs: readonly string[];
}

/** HTTP status and layer of every platform error that a caller of a URL can meet. */
const answers: Record<PlatformErrorCode, readonly [httpStatus: number, layer: Layer]> = {
  InvalidEvent: [400, "gateway"],
  InstanceCrashed: [503, "sandbox"],
  RequestTooLarge: [413, "gateway"],
  ResponseTooLarge: [502, "function"],
  ResourceLimit: [429, "scheduler"],
  UserCodeException: [500, "function"],
  ConcurrencyLimit: [429, "scheduler"],
  TimeLimitReached: [504, "function"],
  MemoryLimitReached: [502, "sandbox"],
  FunctionNotFound: [404, "gateway"],
  InvalidParameterValue: [400, "gateway"],
  HandlerNotFound: [500, "function"],
  FunctionNotReady: [503, "scheduler"],
  ProcessExited: [502, "sandbox"],
  QualifierNotFound: [404, "gateway"],
  UserCodeError: [500, "function"],
  DependencyInstallFailed: [502, "function"],
  InstanceStartFailed: [502, "sandbox"],
  PortBindingFailed: [502, "service"],
  InsufficientResources: [503, "scheduler"],
  InitTimeLimitReached: [504, "sandbox"],
  RequestCanceled: [499, "gateway"],
  InternalError: [500, "gateway"],
  StoreUnavailable: [503, "store"],
};

/** What user code said is for its owner, who finds it in the log; a stranger hears this. */
const strangersMessages: Partial<Record<PlatformErrorCode, string>> = {
  UserCodeException: "user code exception caught; the log of the function has the details",
  ProcessExited: "User process exit when running; the log of the function has the details",
  UserCodeError: "the code of the function does not load; the log of the function has the details",
};

/** Seconds after which to try again, where the error itself does not know better. */
const defaultRetryAfterS = 1;

/** What of a failure is said more exactly by who met it. */
export type ExactFailure = Partial<Pick<Failure, "httpStatus" | "layer" | "fault">>;

/** The answer to a platform error. */
export function failureOf(error: PlatformError, exact: ExactFailure = {}): Failure {
  const [httpStatus, layer] = answers[error.code];
  const { limit, value, setting, retryAfterS } = error.details;
  const hasUserText = error.details.stackTrace !== undefined;
  const isLater = httpStatus === 429 || httpStatus === 503;
  return {
    httpStatus: exact.httpStatus ?? httpStatus,
    code: error.code,
    status: error.status,
    message: (hasUserText ? strangersMessages[error.code] : undefined) ?? error.message,
    layer: exact.layer ?? layer,
    fault: exact.fault ?? error.fault,
    limit: limit ?? null,
    value: value ?? null,
    setting: setting ?? null,
    retryAfterS: retryAfterS ?? (isLater ? defaultRetryAfterS : null),
    pairs: [],
  };
}

export function failureOfRefusal(refusal: Refusal): Failure {
  return {
    httpStatus: refusal.httpStatus,
    code: refusal.code,
    status: refusal.httpStatus,
    message: refusal.message,
    layer: "gateway",
    fault:
      refusal.httpStatus >= 500 && refusal.httpStatus !== 501 && refusal.httpStatus !== 505 ? "platform" : "caller",
    limit: refusal.limit ?? null,
    value: refusal.value ?? null,
    setting: refusal.setting ?? null,
    retryAfterS: refusal.retryAfterS ?? null,
    pairs: refusal.pairs ?? [],
  };
}
