import { withOwnPaths } from "../../own-paths.ts";

/** What a failing function left in its answer. */
export interface FunctionError {
  /** SCF code, e.g. `430`. */
  readonly code: string;
  /** Message and stack, as a person reads them. */
  readonly text: string;
}

/** Reads the failure in the answer of a call (`RetMsg`), instead of showing the envelope around it; null when it is none. */
export function readFunctionError(message: string): FunctionError | null {
  try {
    const { errorMessage, stackTrace, statusCode } = Object(JSON.parse(message));
    const stack = String(stackTrace ?? "").trim();
    const text = stack === "" ? String(errorMessage ?? "") : withOwnPaths(stack);
    return text === "" ? null : { code: String(statusCode ?? ""), text };
  } catch {
    return null; // not JSON
  }
}
