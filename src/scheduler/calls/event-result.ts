import type { PlatformError, RequestId } from "../../core/index.ts";
import { userCodeMessage } from "../instances/failures.ts";

/** The sentence of SCF for a failed event: code 430 has one for everything that user code throws. */
export function failureMessage(error: PlatformError): string {
  return error.code === "UserCodeException" ? userCodeMessage : error.message;
}

/** The JSON that the caller of a failed event gets as its result. */
export function failureBody(error: PlatformError, requestId: RequestId): string {
  const { stackTrace } = error.details;
  return JSON.stringify({
    errorCode: -1,
    errorMessage: failureMessage(error),
    requestId,
    ...(stackTrace === undefined || stackTrace === "" ? {} : { stackTrace }),
    statusCode: error.status,
  });
}
