// @ts-check
import { longestPiece } from "../channel/frames.js";
import { failure, failureOf } from "../process/failure.js";

/** Microtasks for which the head waits for the first bytes: a body that is there already then leaves in one frame. */
const patience = 12;

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>} ReadResult */

/**
 * Answers with a stream, read no faster than the caller takes it, and cancelled when the caller is gone.
 *
 * first read → (bytes and the end at hand: one frame) | head → chunks → end | error
 * @param {Call} call @param {number} status @param {readonly string[]} pairs @param {ReadableStream<Uint8Array>} stream
 */
export async function answerStream(call, status, pairs, stream) {
  try {
    const reader = stream.getReader();
    call.onCancel = () => stop(call, reader);
    if (call.cancelReason !== 0) return stop(call, reader);
    const first = reader.read();
    const early = await soon(first);
    if (early?.done === true) return call.answer(status, pairs, null);
    const second = early === null ? null : reader.read();
    if (
      early !== null &&
      second !== null &&
      early.value.length <= longestPiece &&
      (await soon(second))?.done === true
    ) {
      return call.answer(status, pairs, bytesOf(early.value));
    }
    call.head(status, pairs);
    await pump(call, reader, second === null ? [first] : [first, second]);
  } catch (error) {
    call.fail(failureOf("user", error));
  }
}

/** @param {Call} call @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {Promise<ReadResult>[]} begun reads under way */
async function pump(call, reader, begun) {
  let next = begun.shift() ?? reader.read();
  for (let result = await next; !result.done; result = await next) {
    if (!call.write(bytesOf(result.value))) await new Promise((resolve) => (call.onDrain = () => resolve(undefined)));
    next = begun.shift() ?? reader.read();
  }
  call.end(null);
}

/** @param {Call} call @param {ReadableStreamDefaultReader<Uint8Array>} reader */
function stop(call, reader) {
  reader.cancel(call.abort?.signal.reason).catch(() => undefined); // the stream's own trouble; nobody is left to tell
  call.fail(failure("user", "AbortError", "The call was cancelled while its answer was streamed"));
}

/** What a read gives within a few microtasks; null: it takes longer. @param {Promise<ReadResult>} read */
async function soon(read) {
  /** @type {ReadResult | null} */
  let result = null;
  read.then(
    (value) => (result = value),
    () => undefined, // whoever awaits the read itself learns of it
  );
  for (let i = 0; i < patience && result === null; i++) await Promise.resolve();
  return /** @type {ReadResult | null} */ (result);
}

/** @param {unknown} chunk */
function bytesOf(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(`A body stream must give Uint8Array chunks, not ${typeof chunk}`);
}
