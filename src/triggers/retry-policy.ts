import { limits, platformErrors } from "../core/index.ts";
import type { QueuedEvent } from "../store/index.ts";

/** What becomes of an event after a delivery. Times are milliseconds since 1970. */
export type Verdict =
  | { readonly kind: "done" }
  | { readonly kind: "dead"; readonly message: string }
  | { readonly kind: "retry"; readonly at: number; readonly countsAsRetry: boolean };

const longestBackoffMs = 5 * 60_000;
const shortestBackoffMs = 1_000;

/**
 * The rules of SCF. Failures of the function are retried `maxRetries` times, a minute apart. Calls that found
 * no room, or lost it to another call that crashed the instance, are tried every minute until the event
 * expires, failures of the platform after pauses that double up to five minutes; neither counts. What the
 * caller got wrong is not retried.
 */
export function decideRetry(event: QueuedEvent, status: number, message: string, now: number): Verdict {
  switch (kindOf(status)) {
    case "success":
      return { kind: "done" };
    case "caller":
      return { kind: "dead", message };
    case "function":
      if (event.retry >= event.maxRetries) return { kind: "dead", message };
      return retryUnlessExpired(event, now + limits.async.retryDelayS * 1000, true, message);
    case "no-room":
      return retryUnlessExpired(event, now + limits.async.retryDelayS * 1000, false, message);
    case "platform": {
      // as long again as it has been tried already: the pauses double without anybody counting them
      const pauseMs = Math.min(longestBackoffMs, Math.max(shortestBackoffMs, now - event.acceptedAt));
      return retryUnlessExpired(event, now + pauseMs, false, message);
    }
  }
}

/** The message of an event whose time was up before it could be delivered. */
export function expiredMessage(event: QueuedEvent, last: string): string {
  const ageS = Math.round((event.expiresAt - event.acceptedAt) / 1000);
  return `The event expired ${ageS} s after it was accepted${last === "" ? "" : `; last failure: ${last}`}`;
}

function retryUnlessExpired(event: QueuedEvent, at: number, countsAsRetry: boolean, message: string): Verdict {
  if (at >= event.expiresAt) return { kind: "dead", message: expiredMessage(event, message) };
  return { kind: "retry", at, countsAsRetry };
}

type Kind = "success" | "caller" | "function" | "no-room" | "platform";

function kindOf(status: number): Kind {
  if (status === 200) return "success";
  const known = Object.values(platformErrors).find((error) => error.status === status);
  if (known === undefined || known.status === 500) return "platform";
  if (known.fault === "function") return "function";
  return known.retryable ? "no-room" : "caller";
}
