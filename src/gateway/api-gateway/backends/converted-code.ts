import type { PublishedApi } from "../../../core/index.ts";
import type { EventAnswer } from "../../function-url/event-answer.ts";

/** The answer with the status that the API has its back end's become, and the message that goes with it, if it has one. */
export function convertCode(
  { convertedCodes }: Pick<PublishedApi, "convertedCodes">,
  answer: EventAnswer,
): EventAnswer {
  const conversion = convertedCodes.find(({ code }) => code === answer.status);
  if (conversion === undefined) return answer;
  const { convertedCode: status, message } = conversion;
  if (message === "") return { ...answer, status };
  return { status, pairs: ["content-type", "application/json"], body: Buffer.from(JSON.stringify({ message })) };
}
