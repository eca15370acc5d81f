import { PlatformError, type ErrorDetails, type FunctionVersion } from "../../core/index.ts";
import type { Capacity, Shortage } from "./capacity.ts";

/** What a waiting call waits for: room that others hold, or an instance that is being started. */
export type WaitReason = Shortage | "start";

/** The call found the queue full. */
export function queueFull(
  version: FunctionVersion,
  reason: WaitReason,
  capacity: Capacity,
  queueLength: number,
): PlatformError {
  return refusal(version, reason, capacity, `${queueLength} calls already wait for an instance`, {
    limit: "calls waiting per function",
    value: `${queueLength}`,
    setting: "GUST_QUEUE_LENGTH",
    retryAfterS: 1,
  });
}

/** The call has waited as long as it may. */
export function waitedTooLong(
  version: FunctionVersion,
  reason: WaitReason,
  capacity: Capacity,
  queueWaitS: number,
): PlatformError {
  return refusal(version, reason, capacity, `no instance was free within ${queueWaitS} s`, {
    limit: "wait for an instance",
    value: `${queueWaitS} s`,
    setting: "GUST_QUEUE_WAIT_S",
    retryAfterS: Math.max(1, Math.ceil(queueWaitS)),
  });
}

/** The limit behind the queue is named first, since raising the queue alone would not help. */
function refusal(
  { name }: FunctionVersion,
  reason: WaitReason,
  capacity: Capacity,
  happened: string,
  queue: ErrorDetails,
): PlatformError {
  switch (reason) {
    case "concurrency":
      return new PlatformError(
        "ConcurrencyLimit",
        `Function ${name}: the concurrency of the account (${capacity.memoryLimitMb} MB) is in use and ${happened}`,
        {
          ...queue,
          limit: "concurrency of the account",
          value: `${capacity.memoryLimitMb} MB`,
          setting: "MemorySize of the functions",
        },
      );
    case "instances":
      return new PlatformError(
        "ResourceLimit",
        `Function ${name}: this host runs its ${capacity.instanceLimit} instances and ${happened}`,
        {
          ...queue,
          limit: "instances of this host",
          value: `${capacity.instanceLimit}`,
          setting: "GUST_MAX_INSTANCES",
        },
      );
    case "start":
      return new PlatformError("ResourceLimit", `Function ${name}: instances are being started and ${happened}`, queue);
  }
}

/** A service finds no room for an instance. */
export function instancesInUse({ name }: FunctionVersion, { instanceLimit }: Capacity): PlatformError {
  return new PlatformError("ResourceLimit", `Service ${name}: this host runs its ${instanceLimit} instances`, {
    limit: "instances of this host",
    value: `${instanceLimit}`,
    setting: "GUST_MAX_INSTANCES",
    retryAfterS: 5,
  });
}

/** The scheduler takes no more calls. */
export function stopping(): PlatformError {
  return new PlatformError("InsufficientResources", "The platform is stopping; try again when it is back", {
    retryAfterS: 5,
  });
}
