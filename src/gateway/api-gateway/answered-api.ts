import type { EnvironmentName } from "../../core/index.ts";
import type { ApiOfRequest } from "./api-of-request.ts";

/** The API of one request, and what is noted for the log while that is answered. */
export class AnsweredApi implements ApiOfRequest {
  readonly serviceId: string;
  readonly apiId: string;
  readonly environment: EnvironmentName | "";
  /** Of the key or application that the request was signed with. */
  keyId = "";
  /** Of an HTTP back end. */
  backendAddress = "";
  /** What the back end answered, whatever became of it. */
  backendStatus: number | null = null;
  /** From asking the back end to the head of its answer. */
  backendUs: number | null = null;
  /** What of that a function's call waited for an instance. */
  queueUs: number | null = null;
  /** Why the request failed. */
  errorMessage = "";
  readonly #now: () => number;
  #askedAt: number | null = null;

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor({ serviceId, apiId, environment }: ApiOfRequest, now: () => number) {
    this.serviceId = serviceId;
    this.apiId = apiId;
    this.environment = environment;
    this.#now = now;
  }

  /** The back end gets the request. */
  onAsk(): void {
    this.#askedAt = this.#now();
  }

  /** An answer begins: the back end's, if it was asked and the gateway has nothing to say of a failure. */
  onHead(status: number): void {
    if (this.#askedAt === null || this.backendUs !== null) return;
    if (this.errorMessage !== "" && this.backendStatus === null) return;
    this.backendUs = Math.round((this.#now() - this.#askedAt) * 1_000);
    this.backendStatus ??= status;
  }
}
