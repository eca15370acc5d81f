/** The API answered with an error: `code` is one of the documented ones, e.g. `ResourceNotFound.FunctionName`. */
export class GustApiError extends Error {
  readonly code: string;
  readonly requestId: string;

  constructor(code: string, message: string, requestId: string) {
    super(message);
    this.name = "GustApiError";
    this.code = code;
    this.requestId = requestId;
  }
}

/** Nothing that speaks the API answered at the endpoint. */
export class GustConnectionError extends Error {
  readonly endpoint: string;

  constructor(endpoint: string, reason: string, cause?: unknown) {
    super(`No Gust answers at ${endpoint}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = "GustConnectionError";
    this.endpoint = endpoint;
  }
}
