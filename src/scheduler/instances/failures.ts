import {
  limits,
  messageOf,
  PlatformError,
  type ErrorDetails,
  type FunctionSpec,
  type FunctionVersion,
} from "../../core/index.ts";
import type { RuntimeFailure } from "../../sandbox/index.ts";

/** Text of SCF for code 430, whatever the code threw; what it threw is in the stack trace. */
export const userCodeMessage = "user code exception caught";

/** `errorType` of an `exit` that a call has no part in. */
const anotherCall = "AnotherCall";

/** The failure of a call or a start, as a runtime told it, in the platform's words. */
export function toPlatformError(failure: RuntimeFailure, { name, spec }: FunctionVersion): PlatformError {
  const stack = { stackTrace: failure.stackTrace || describe(failure), cause: failure };
  switch (failure.kind) {
    case "user":
    case "bad-result":
      return new PlatformError("UserCodeException", describe(failure), stack);
    case "handler-missing":
      return new PlatformError("HandlerNotFound", failure.message || `Handler ${spec.handler} is not there`, stack);
    case "code":
      return new PlatformError("UserCodeError", `The code of ${name} does not load: ${describe(failure)}`, stack);
    case "result-too-large":
      return new PlatformError("ResponseTooLarge", "body size is too long", {
        ...stack,
        limit: "size of a result",
        value: `${limits.payload.syncBytes} bytes`,
        setting: "none: answer with less, or with an HTTP function",
      });
    case "memory":
      return memoryLimitReached(spec, failure);
    case "exit":
      if (failure.errorType === anotherCall) return instanceCrashed(failure);
      return new PlatformError("ProcessExited", exitMessage(failure), stack);
    case "protocol":
      return new PlatformError("ProcessExited", exitMessage(failure), stack);
    case "port":
      return new PlatformError("PortBindingFailed", failure.message, { ...stack, ...initLimit(spec) });
    case "start":
      return new PlatformError("InstanceStartFailed", failure.message, stack);
    case "not-begun":
      return sandboxLost("The sandbox ended before the call reached it; try again", failure);
    case "lost":
      return sandboxLost("The platform lost the sandbox that ran the call; try again", failure);
  }
}

/** It used more than `MemorySize`. */
export function memoryLimitReached({ memoryMb }: FunctionSpec, cause: unknown): PlatformError {
  return new PlatformError("MemoryLimitReached", `Task memory exceeded ${memoryMb} MB`, {
    limit: "MemorySize",
    value: `${memoryMb} MB`,
    setting: "MemorySize of the function",
    cause,
  });
}

/** The call did nothing wrong: it was running in an instance that another one took down. */
function instanceCrashed(failure: RuntimeFailure): PlatformError {
  const message = "Another call of this function crashed the instance that ran this one; try again";
  return new PlatformError("InstanceCrashed", message, {
    stackTrace: failure.stackTrace,
    retryAfterS: 1,
    cause: failure,
  });
}

/** Nothing that the function did. */
export function sandboxLost(message: string, cause: unknown): PlatformError {
  return new PlatformError("InstanceCrashed", message, { retryAfterS: 1, cause });
}

/** The call used up `Timeout`. */
export function timeLimitReached({ spec }: FunctionVersion): PlatformError {
  return new PlatformError("TimeLimitReached", `Invoking task timed out after ${spec.timeoutS} seconds`, {
    limit: "Timeout",
    value: `${spec.timeoutS} s`,
    setting: "Timeout of the function",
  });
}

/** Loading the handler used up `InitTimeout`. */
export function initTimeLimitReached({ spec }: FunctionVersion, cause: unknown): PlatformError {
  return new PlatformError("InitTimeLimitReached", `Initialization timed out after ${spec.initTimeoutS} seconds`, {
    ...initLimit(spec),
    cause,
  });
}

function initLimit({ initTimeoutS }: FunctionSpec): ErrorDetails {
  return { limit: "InitTimeout", value: `${initTimeoutS} s`, setting: "InitTimeout of the function" };
}

/** No sandbox could be had: nothing that the function did, whatever a boot is reported as. */
export function noSandbox(cause: unknown): PlatformError {
  if (cause instanceof PlatformError && cause.fault !== "function") return cause;
  const reason = messageOf(cause);
  return new PlatformError("InsufficientResources", `No sandbox could be started: ${reason}`, { cause });
}

/** The caller is gone. */
export function requestCanceled(): PlatformError {
  return new PlatformError("RequestCanceled", "The caller ended the call before its answer");
}

function describe({ errorType, message }: RuntimeFailure): string {
  return errorType === "" ? message : `${errorType}: ${message}`;
}

function exitMessage({ message }: RuntimeFailure): string {
  const text = "User process exit when running";
  return message === "" ? text : `${text}: ${message}`;
}
