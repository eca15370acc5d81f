import type { RequestId } from "../core/index.ts";

/** Text longer than this is written in pieces, with other work in between: 6 MB at once would hold the event loop for 60 ms. */
const pieceLength = 128 * 1024;

/** The reply of a call that went well. */
export async function successEnvelope(reply: Readonly<Record<string, unknown>>, requestId: RequestId): Promise<string> {
  const whole = { Response: { ...reply, RequestId: requestId } };
  if (textLength(whole) <= pieceLength) return JSON.stringify(whole);
  const pieces: string[] = [];
  let sinceTurn = 0;
  for (const piece of jsonPieces(whole)) {
    pieces.push(piece);
    sinceTurn += piece.length;
    if (sinceTurn < pieceLength) continue;
    sinceTurn = 0;
    await nextTurn();
  }
  return pieces.join("");
}

/** The reply of a call that did not. */
export function errorEnvelope(code: string, message: string, requestId: RequestId): string {
  return JSON.stringify({ Response: { Error: { Code: code, Message: message }, RequestId: requestId } });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Length of all text inside a value: what its JSON costs, roughly. */
function textLength(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let length = 0;
  for (const inner of Object.values(value)) length += textLength(inner);
  return length;
}

/** The same text as JSON.stringify, piece by piece. Replies nest a few levels at most. */
function* jsonPieces(value: unknown): Generator<string> {
  if (typeof value === "string") {
    yield* stringPieces(value);
    return;
  }
  if (typeof value !== "object" || value === null) {
    yield JSON.stringify(value) ?? "null";
    return;
  }
  const isArray = Array.isArray(value);
  let separator = isArray ? "[" : "{";
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined && !isArray) continue;
    yield isArray ? separator : `${separator}${JSON.stringify(key)}:`;
    separator = ",";
    yield* jsonPieces(inner);
  }
  if (separator !== ",") yield separator;
  yield isArray ? "]" : "}";
}

/** A pair of surrogates cut in two comes out as two escapes, which a JSON reader joins again. */
function* stringPieces(text: string): Generator<string> {
  if (text.length <= pieceLength) {
    yield JSON.stringify(text);
    return;
  }
  yield '"';
  for (let at = 0; at < text.length; at += pieceLength) {
    yield JSON.stringify(text.slice(at, at + pieceLength)).slice(1, -1);
  }
  yield '"';
}
