import type { PlatformError, PlatformErrorCode } from "../../../core/index.ts";
import type { Exchange } from "../../listener/exchange.ts";

/** Failures that are their caller's where a function is called by its name. The caller of an API does not know it: its owner has to act. */
const ofOwner: ReadonlySet<PlatformErrorCode> = new Set([
  "FunctionNotFound",
  "QualifierNotFound",
  "InvalidParameterValue",
  "FunctionNotReady",
]);

/** Answers with the failure of an API's function. */
export function failOfApi(
  exchange: Exchange,
  error: PlatformError,
  exact: { readonly httpStatus?: number } = {},
): void {
  exchange.fail(error, ofOwner.has(error.code) ? { ...exact, fault: "function" } : exact);
}
