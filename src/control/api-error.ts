import type { ErrorCode } from "./error-codes.ts";

/** The caller gets this code and sentence as the reply's `Error`. */
export class ApiError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}
