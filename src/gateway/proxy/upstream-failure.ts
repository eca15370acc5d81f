import { PlatformError } from "../../core/index.ts";
import type { Layer } from "../errors/failure.ts";
import { connectTimeoutMs, type UpstreamFailure } from "./upstream-connection.ts";

/** What the client is told when a service refuses or breaks a request. */
export function explainFailure(
  failure: UpstreamFailure,
  subject: string,
): { readonly error: PlatformError; readonly httpStatus: number; readonly layer: Layer } {
  switch (failure.kind) {
    case "refused":
      return {
        layer: "service",
        httpStatus: 502,
        error: new PlatformError(
          "PortBindingFailed",
          `The service ${subject} does not take connections (${failure.message}).`,
        ),
      };
    case "connect-timeout":
      return {
        layer: "service",
        httpStatus: 504,
        error: new PlatformError(
          "InitTimeLimitReached",
          `The service ${subject} did not take the connection within ${connectTimeoutMs / 1_000} s.`,
          { limit: "time to connect to a service", value: `${connectTimeoutMs / 1_000} s` },
        ),
      };
    case "closed":
      return {
        layer: "service",
        httpStatus: 502,
        error: new PlatformError(
          "ProcessExited",
          failure.isUnanswered
            ? `The service ${subject} closed the connection without an answer (${failure.message}); its log says more.`
            : `The service ${subject} broke off its answer (${failure.message}); its log says more.`,
        ),
      };
    case "malformed":
      return {
        layer: "service",
        httpStatus: 502,
        error: new PlatformError(
          "UserCodeException",
          `The answer of the service ${subject} is not well-formed HTTP/1.1: ${failure.message}.`,
        ),
      };
    case "stopping":
      return {
        layer: "gateway",
        httpStatus: 503,
        error: new PlatformError("InsufficientResources", "The server is stopping; try again when it is back.", {
          retryAfterS: 5,
        }),
      };
  }
}
