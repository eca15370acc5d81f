import type { PublishedApi } from "../../../core/index.ts";
import type { EventAnswer } from "../../function-url/event-answer.ts";
import type { Exchange } from "../../listener/exchange.ts";

type Conversions = Pick<PublishedApi, "convertedCodes">;

/** The answer with the status that the API has its back end's become, and the message that goes with it, if it has one. */
export function convertCode({ convertedCodes }: Conversions, answer: EventAnswer): EventAnswer {
  const conversion = convertedCodes.find(({ code }) => code === answer.status);
  if (conversion === undefined) return answer;
  const { convertedCode: status, message } = conversion;
  if (message === "") return { ...answer, status };
  return { status, pairs: ["content-type", "application/json"], body: Buffer.from(JSON.stringify({ message })) };
}

/** The same of what a function answers, or fails with, through others. What the gateway says itself is `refuseRequest`'s, and stays. */
export function convertAnswers(exchange: Exchange, api: Conversions): void {
  if (api.convertedCodes.length === 0) return;
  exchange.convert = (given, isStreamed) => {
    exchange.convert = null; // what an answer has become is not looked at again
    const { status, pairs, body } = convertCode(api, { status: given, pairs: [], body: own });
    if (status !== given && exchange.scfStatus === 0 && exchange.api !== null) exchange.api.backendStatus ??= given;
    if (body === own) return status;
    if (isStreamed) exchange.endWith(() => exchange.reply(status, pairs, body));
    else if (exchange.scfStatus === 0) exchange.keep(status, pairs, body);
    else exchange.reply(status, pairs, body);
    return status;
  };
}

/** Stands for the body that an answer has itself. */
const own = Buffer.alloc(0);
