import {
  limits,
  platformErrors,
  PlatformError,
  traceHeaders,
  traceVariables,
  type InvocationResult,
  type PlatformErrorCode,
} from "../../core/index.ts";
import type { Invoker } from "../../scheduler/index.ts";
import type { Answerer, Exchange } from "../listener/exchange.ts";
import { refusal } from "../listener/refusal.ts";
import type { FunctionUrl } from "../routes/function-urls.ts";
import { eventAnswer } from "./event-answer.ts";
import { requestEvent } from "./request-event.ts";

/** Answers a request with an event function: the request becomes its event, its result the answer. */
export async function answerWithEvent(
  exchange: Exchange,
  url: FunctionUrl,
  body: Buffer,
  invoker: Invoker,
): Promise<void> {
  const { request, head, connection, requestId, trace } = exchange;
  const payload = requestEvent({
    method: request.method ?? "GET",
    url: request.url ?? "/",
    headers: [...head.endToEnd, ...traceHeaders(trace)],
    clientAddress: connection.peer.address,
    body,
  });
  if (Buffer.byteLength(payload) > limits.payload.syncBytes) return exchange.refuse(eventTooLarge);
  const clientGone = new AbortController();
  exchange.own(new EventAnswerer(clientGone));
  const { namespace, functionName: name, qualifier } = url;
  const result = await invoker.invoke(
    {
      requestId,
      target: { namespace, name, qualifier },
      kind: "sync",
      retry: 0,
      payload,
      variables: { TRIGGER_SRC: "http", ...traceVariables(trace) },
    },
    { signal: clientGone.signal },
  );
  if (result.record.status !== 200) return exchange.fail(errorOf(result));
  const answer = eventAnswer(result.body);
  const timing = result.serverTiming === undefined ? [] : ["server-timing", result.serverTiming];
  const problem = exchange.reply(answer.status, [...answer.pairs, ...timing], answer.body);
  if (problem === null) return;
  const subject = `${namespace}/${name}`;
  const error = new PlatformError("UserCodeException", `The answer of ${subject} ${problem}, so it was not passed on.`);
  exchange.fail(error, { httpStatus: 502 });
}

/** Its body has been read: there is only the client to wait for. */
class EventAnswerer implements Answerer {
  readonly #clientGone: AbortController;

  constructor(clientGone: AbortController) {
    this.#clientGone = clientGone;
  }

  onBody(): boolean {
    return true;
  }

  onBodyEnd(): void {}

  onClientDrain(): void {}

  onClientGone(): void {
    this.#clientGone.abort();
  }
}

/** The failure of a result, with what user code said left out: that is for its owner, who finds it in the log. */
function errorOf({ record, errorMessage }: InvocationResult): PlatformError {
  const code = codes.get(record.status) ?? "InternalError";
  return new PlatformError(code, errorMessage, { stackTrace: "" });
}

/** Codes by their status; of several the first. */
const codes: ReadonlyMap<number, PlatformErrorCode> = new Map(
  Object.entries(platformErrors)
    .toReversed()
    .map(([code, { status }]) => [status, code as PlatformErrorCode]), // the keys of the catalogue
);

const eventTooLarge = refusal(
  413,
  "RequestTooLarge",
  `The request as an event is larger than ${limits.payload.syncBytes} bytes; a body that is no text grows by a third in it (base64).`,
  { limit: "event of a synchronous call", value: `${limits.payload.syncBytes} bytes` },
);
