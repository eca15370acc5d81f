import type { FunctionTarget } from "../../../core/index.ts";
import type { Routes } from "../../../scheduler/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import type { FunctionDestination } from "../../routes/function-destination.ts";
import type { Caller } from "../access/caller.ts";
import { apiRefusal, refuseRequest } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import type { ParameterValues } from "../request/declared-parameters.ts";
import type { CompiledApi } from "../services/compiled-service.ts";
import { limitAnswerTime } from "./answer-time.ts";
import { backRequest, changesBody } from "./http/back-request.ts";
import { refusalOfHops } from "./hops.ts";
import { answerWithHttp } from "./http/http-answer.ts";
import type { HttpClient } from "./http/http-client.ts";
import { convertAnswers } from "./converted-code.ts";
import { answerWithEventFunction, type FunctionBackendParts } from "./function-backend.ts";

export interface BackendParts extends FunctionBackendParts {
  readonly routes: Routes;
  readonly client: HttpClient;
  answerHttp(exchange: Exchange, to: FunctionDestination): void;
}

/** What is known of a request when its back end gets it. */
export interface Admitted {
  readonly caller: Caller;
  /** Null: nobody had to see it. */
  readonly body: Buffer | null;
  readonly values: ParameterValues;
}

/** The back ends of APIs, by their kinds. */
export class Backends {
  readonly #parts: BackendParts;

  constructor(parts: BackendParts) {
    this.#parts = parts;
  }

  /** Whether the whole body is there before the back end gets the request. */
  needsBody(api: CompiledApi): boolean {
    return api.backend.kind === "function" || changesBody(api);
  }

  async answer(exchange: Exchange, request: ApiRequest, admitted: Admitted): Promise<void> {
    const { backend } = request.api;
    const loop = backend.kind === "mock" ? null : refusalOfHops(exchange);
    if (loop !== null) return refuseRequest(exchange, loop);
    if (backend.kind !== "mock") exchange.api?.onAsk();
    if (backend.kind !== "http") convertAnswers(exchange, request.api); // which sees to it itself
    switch (backend.kind) {
      case "function": {
        const { caller, body } = admitted;
        const call = { backend, caller, body: body ?? Buffer.alloc(0) };
        return answerWithEventFunction(exchange, request, call, this.#parts);
      }
      case "http-function":
        return this.#answerWithHttpFunction(exchange, request, backend, admitted.body);
      case "mock":
        return answerMock(exchange, backend.body);
      case "http": {
        const back = backRequest(exchange, request, backend, admitted.values);
        if ("kind" in back) return refuseRequest(exchange, back);
        exchange.kind = "upstream";
        exchange.collected = admitted.body;
        if (admitted.body !== null) exchange.bytesIn = 0; // it is counted when it is handed on
        return answerWithHttp(exchange, request, back, this.#parts.client);
      }
      case "websocket-functions":
      case "websocket":
        return refuseRequest(exchange, apiRefusal(481, "API config error."));
    }
  }

  #answerWithHttpFunction(
    exchange: Exchange,
    { api, prefix, path, query }: ApiRequest,
    { namespace, functionName, qualifier }: FunctionTarget,
    body: Buffer | null,
  ): void {
    const route = this.#parts.routes.byName(namespace, functionName, qualifier);
    if (route === null || route === "event-function") {
      return refuseRequest(exchange, apiRefusal(435, `There is no function ${functionName} that takes HTTP requests.`));
    }
    exchange.collected = body;
    if (body !== null) exchange.bytesIn = 0; // it is counted when it is handed on
    limitAnswerTime(exchange, api.timeoutS);
    this.#parts.answerHttp(exchange, { route, path: query === "" ? path : `${path}?${query}`, prefix });
  }
}

function answerMock(exchange: Exchange, text: string): void {
  exchange.kind = "platform";
  const type = looksLikeJson(text) ? "application/json" : "text/plain; charset=utf-8";
  exchange.reply(200, ["content-type", type], Buffer.from(text));
}

function looksLikeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
