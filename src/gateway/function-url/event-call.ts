import { limits, PlatformError, traceHeaders } from "../../core/index.ts";
import type { Invoker } from "../../scheduler/index.ts";
import { errorOfResult, invokeFor } from "../functions/invoke-for.ts";
import type { Exchange } from "../listener/exchange.ts";
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
  const { request, head, connection, trace } = exchange;
  const payload = requestEvent({
    method: request.method,
    url: request.url,
    headers: [...head.endToEnd, ...traceHeaders(trace)],
    clientAddress: connection.peer.address,
    body,
  });
  if (Buffer.byteLength(payload) > limits.payload.syncBytes) return exchange.refuse(eventTooLarge);
  const { namespace, functionName: name, qualifier } = url;
  const target = { namespace, name, qualifier };
  const result = await invokeFor(exchange, invoker, { target, payload, source: "http" });
  if (result.record.status !== 200) return exchange.fail(errorOfResult(result));
  const answer = eventAnswer(result.body);
  const timing = result.serverTiming === undefined ? [] : ["server-timing", result.serverTiming];
  const problem = exchange.reply(answer.status, [...answer.pairs, ...timing], answer.body);
  if (problem === null) return;
  const subject = `${namespace}/${name}`;
  const error = new PlatformError("UserCodeException", `The answer of ${subject} ${problem}, so it was not passed on.`);
  exchange.fail(error, { httpStatus: 502 });
}

const eventTooLarge = refusal(
  413,
  "RequestTooLarge",
  `The request as an event is larger than ${limits.payload.syncBytes} bytes; a body that is no text grows by a third in it (base64).`,
  { limit: "event of a synchronous call", value: `${limits.payload.syncBytes} bytes` },
);
