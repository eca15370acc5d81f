import {
  limits,
  PlatformError,
  traceVariables,
  type FunctionTarget,
  type InvocationResult,
} from "../../../core/index.ts";
import type { Invoker } from "../../../scheduler/index.ts";
import type { EventAnswer } from "../../function-url/event-answer.ts";
import { errorOfResult, invokeFor } from "../../functions/invoke-for.ts";
import type { Exchange } from "../../listener/exchange.ts";
import type { Caller } from "../access/caller.ts";
import { apiRefusal, refuseRequest } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { apiEvent } from "./api-event.ts";
import type { EventSink } from "./event-sink.ts";
import { failOfApi } from "./fail-of-api.ts";
import { integratedAnswer, passedThrough } from "./integrated-answer.ts";

/** An API whose back end is an event function. */
interface FunctionBackend extends FunctionTarget {
  readonly isIntegratedResponse: boolean;
  readonly isBase64Encoded: boolean;
  readonly isAsync: boolean;
}

export interface FunctionBackendParts {
  readonly invoker: Invoker;
  readonly events: EventSink;
}

/** Answers a request with an event function: the request becomes its event, its result the answer. */
export async function answerWithEventFunction(
  exchange: Exchange,
  request: ApiRequest,
  { backend, caller, body }: { readonly backend: FunctionBackend; readonly caller: Caller; readonly body: Buffer },
  { invoker, events }: FunctionBackendParts,
): Promise<void> {
  const { namespace, functionName: name, qualifier, isBase64Encoded } = backend;
  exchange.kind = "function";
  exchange.route = { namespace, name, qualifier };
  const payload = apiEvent(exchange, request, { caller, body, isBase64Encoded, qualifier });
  const most = backend.isAsync ? limits.payload.asyncBytes : limits.payload.syncBytes;
  if (Buffer.byteLength(payload) > most) return refuseRequest(exchange, tooLarge(most));
  if (backend.isAsync) {
    const { requestId, trace } = exchange;
    const variables = { TRIGGER_SRC: "apigw", ...traceVariables(trace) };
    return answerSoon(exchange, await events.accept(backend, { requestId, payload, variables }));
  }
  const timeout = AbortSignal.timeout(request.api.timeoutS * 1_000);
  const target = { namespace, name, qualifier };
  const result = await invokeFor(exchange, invoker, { target, payload, source: "apigw", signal: timeout });
  noteCall(exchange, result);
  if (timeout.aborted && result.record.status === 499) return refuseRequest(exchange, timedOut);
  answerResult(exchange, backend, result);
}

/** For the log. */
function noteCall({ api }: Exchange, { record }: InvocationResult): void {
  if (api === null) return;
  api.queueUs = record.queueUs;
  api.backendStatus = record.status;
}

function answerResult(exchange: Exchange, { isIntegratedResponse }: FunctionBackend, result: InvocationResult): void {
  const { status } = result.record;
  if (status !== 200) return answerFailure(exchange, result);
  const { pairs, ...answer } = isIntegratedResponse ? integratedAnswer(result.body) : passedThrough(result.body);
  const timing = result.serverTiming === undefined ? [] : ["server-timing", result.serverTiming];
  send(exchange, { ...answer, pairs: [...pairs, ...timing] });
}

/** A failure of the function has its SCF code as its status, except for its time limit: that is a 200 with the function's own words. */
function answerFailure(exchange: Exchange, result: InvocationResult): void {
  const { status } = result.record;
  if (status === 433) {
    exchange.scfStatus = 433;
    return send(exchange, { status: 200, pairs: jsonType, body: Buffer.from(result.body) });
  }
  failOfApi(exchange, errorOfResult(result), ownCodes.has(status) ? { httpStatus: status } : {});
}

const ownCodes: ReadonlySet<number> = new Set([430, 434, 435, 436, 437, 439, 442, 443, 445, 446]);

const jsonType = ["content-type", "application/json"] as const;

function answerSoon(exchange: Exchange, outcome: "accepted" | "missing" | "full"): void {
  if (outcome === "accepted") {
    const body = Buffer.from(JSON.stringify({ requestId: exchange.requestId }));
    return send(exchange, { status: 200, pairs: jsonType, body });
  }
  if (outcome === "full")
    return refuseRequest(exchange, apiRefusal(429, "Too many events wait.", ["retry-after", "1"]));
  const message = `The function ${exchange.subject} does not exist any more.`;
  failOfApi(exchange, new PlatformError("FunctionNotFound", message), { httpStatus: 435 });
}

function send(exchange: Exchange, { status, pairs, body }: EventAnswer): void {
  const problem = exchange.reply(status, pairs, body);
  if (problem === null) return;
  const error = new PlatformError(
    "UserCodeException",
    `The answer of ${exchange.subject} ${problem}, so it was not passed on.`,
  );
  exchange.fail(error, { httpStatus: 502 });
}

const timedOut = apiRefusal(504, "Gateway Time-out.");

function tooLarge(most: number) {
  return apiRefusal(413, `The request as an event is larger than ${most} bytes.`);
}
