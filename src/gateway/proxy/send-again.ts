import { DirectRequest } from "../listener/direct/direct-request.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { UpstreamFailure } from "./upstream-connection.ts";

/** Methods that may be sent twice without harm. */
const idempotent = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

type Sent = Pick<Exchange, "head" | "request" | "collected">;

/** Whether a request may go to the same upstream once more, over a new connection. */
export function mayBeSentAgain({ head, request }: Sent, failure: UpstreamFailure): boolean {
  if (failure.kind !== "closed") return false;
  if (failure.isUnsent) return true;
  const isHarmless = head.bodyLength === 0 && idempotent.has(request.method ?? "");
  return failure.isReused && failure.isUnanswered && isHarmless;
}

/** Whether a request may go to another upstream: none can have read a byte of it, and it can be read from its start. `isUnread`: nothing of its body is read yet. */
export function mayGoElsewhere(
  { head, request, collected }: Sent,
  failure: UpstreamFailure,
  isUnread: boolean,
): boolean {
  const isWhole = isUnread || head.bodyLength === 0 || collected !== null || request instanceof DirectRequest;
  const isUnreached = failure.kind === "refused" || (failure.kind === "closed" && failure.isUnreached);
  return isWhole && (isUnreached || failure.kind === "connect-timeout");
}
