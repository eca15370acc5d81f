import { z } from "zod";
import { headerPairs, type EventAnswer } from "../../function-url/event-answer.ts";

const shape = z.object({
  isBase64Encoded: z.boolean().nullish(),
  statusCode: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{3}$/)
        .transform(Number),
    ])
    .refine((code) => code >= 200 && code <= 599),
  headers: z.record(z.string(), z.unknown()).nullish(),
  body: z.string().nullish(),
});

/** What a client gets for the result of a function whose API has the integrated response. `resultText` is JSON. */
export function integratedAnswer(resultText: string): EventAnswer {
  const { data } = shape.safeParse(JSON.parse(resultText));
  if (data === undefined || linesOf(data.headers ?? {}) > maxHeaderLines) return misfit;
  return {
    status: data.statusCode,
    pairs: headerPairs(data.headers ?? {}),
    body: Buffer.from(data.body ?? "", data.isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** No client takes more, and millions would hold everybody up. */
const maxHeaderLines = 1_000;

function linesOf(headers: Readonly<Record<string, unknown>>): number {
  return Object.values(headers).reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 1), 0);
}

/** Of one without: its text, or its JSON. */
export function passedThrough(resultText: string): EventAnswer {
  const result: unknown = JSON.parse(resultText);
  const isText = typeof result === "string";
  return {
    status: 200,
    pairs: ["content-type", isText ? "text/plain; charset=utf-8" : "application/json"],
    body: Buffer.from(isText ? result : resultText),
  };
}

const misfit: EventAnswer = {
  status: 403,
  pairs: ["content-type", "application/json"],
  body: Buffer.from(
    JSON.stringify({ errno: 403, error: "Invalid scf response format. please check your scf response format." }),
  ),
};
