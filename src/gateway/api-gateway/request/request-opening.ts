import type { Clock } from "../../../core/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { AnsweredApi } from "../answered-api.ts";
import type { ApiOfRequest } from "../api-of-request.ts";
import type { Gate } from "../access/gate.ts";
import { Rates } from "../access/request-limits.ts";
import type { CompiledService } from "../services/compiled-service.ts";
import { shapeAnswer } from "./answer-headers.ts";
import { refuseRequest } from "./api-refusal.ts";
import { findApi, type ApiRequest } from "./api-request.ts";
import { refusalOfClient } from "./refusal-of-client.ts";

interface RequestOpeningParts {
  readonly gate: Pick<Gate, "refusalOfAll">;
  readonly appId: string;
  readonly clock: Clock;
}

/** What each request of the API gateway begins with, whether it asks for an answer or for a WebSocket. */
export class RequestOpening {
  readonly #parts: RequestOpeningParts;
  readonly #now = (): number => this.#parts.clock.monotonic(); // one for all: connections stay for hours, with what they noted

  constructor(parts: RequestOpeningParts) {
    this.#parts = parts;
  }

  /** The API that a request is for, had it this method. Null: it was refused, which the log of the service tells. */
  find(exchange: Exchange, service: CompiledService, method = exchange.request.method): ApiRequest | null {
    const { url } = exchange.request;
    const found = refusalOfClient(exchange, service) ?? findApi(service, { method, url, head: exchange.head });
    if (found.kind === "api-request") return found;
    this.#noteApi(exchange, { serviceId: service.published.serviceId, apiId: "", environment: "" });
    refuseRequest(exchange, found);
    return null;
  }

  note(exchange: Exchange, { api, environment, service }: ApiRequest): void {
    const { serviceId } = service.published;
    this.#noteApi(exchange, { serviceId, apiId: api.apiId, environment: environment.name });
  }

  /** Null: it was refused. What is known of its limits is shown with its answer. */
  open(exchange: Exchange, request: ApiRequest): Rates | null {
    const rates = new Rates();
    this.note(exchange, request);
    shapeAnswer(exchange, request, rates, this.#parts.appId);
    const problem = this.#parts.gate.refusalOfAll(exchange, request);
    if (problem === null) return rates;
    refuseRequest(exchange, problem);
    return null;
  }

  #noteApi(exchange: Exchange, api: ApiOfRequest): void {
    exchange.api = new AnsweredApi(api, this.#now);
  }
}
