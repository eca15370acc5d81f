/** What a client gets for the result of an event function. */
export interface EventAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly pairs: readonly string[];
  readonly body: Buffer;
}

/**
 * Reads a result: `{statusCode, headers, body, isBase64Encoded}` is an answer; anything else is the body of a 200, as JSON.
 * `resultText` is the JSON text that the function returned.
 */
export function eventAnswer(resultText: string): EventAnswer {
  const result: unknown = JSON.parse(resultText);
  if (!isAnswer(result)) return { status: 200, pairs: jsonType, body: Buffer.from(resultText) };
  const pairs = headerPairs(result.headers ?? {});
  const hasType = pairs.some((name, index) => index % 2 === 0 && name.toLowerCase() === "content-type");
  return {
    status: result.statusCode,
    pairs: hasType ? pairs : [...pairs, ...jsonType],
    body: bodyOf(result.body, result.isBase64Encoded === true),
  };
}

const jsonType = ["content-type", "application/json"] as const;

interface AnswerShape {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function isAnswer(result: unknown): result is AnswerShape {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) return false;
  const { statusCode } = result;
  if (typeof statusCode !== "number" || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    return false;
  }
  const headers: unknown = "headers" in result ? result.headers : undefined;
  return headers === undefined || (typeof headers === "object" && !Array.isArray(headers)); // null counts as none
}

/** A list is one header for each of its values, as several cookies need. */
export function headerPairs(headers: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.flatMap((one) => [name, textOf(one)]);
    return value === null || value === undefined ? [] : [name, textOf(value)];
  });
}

function bodyOf(body: unknown, isBase64: boolean): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.from(textOf(body), isBase64 && typeof body === "string" ? "base64" : "utf8");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
