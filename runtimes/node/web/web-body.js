// @ts-check
import { Readable } from "node:stream";
import { formBody } from "./form-body.js";
import { parseForm } from "./native-fetch.js";

/** @typedef {import("../channel/request-body.js").RequestBody} RequestBody */

/**
 * Where the bytes of a body are.
 * @typedef {string | Uint8Array | ReadableStream<Uint8Array> | RequestBody | null} Source
 */

/** A body of the Fetch standard: read once, as a whole or as a stream. Request and Response each hold one. */
export class WebBody {
  /** @type {Source} */
  source;
  #isUsed = false;
  /** @type {ReadableStream<Uint8Array> | null} */
  #stream = null;

  /** @param {Source} source */
  constructor(source) {
    this.source = source;
  }

  get isUsed() {
    return this.#isUsed || (this.#stream !== null && isDisturbed(this.#stream));
  }

  /** The body where it is whole and nobody looked at it; undefined: it must be read as a stream. @returns {string | Uint8Array | null | undefined} */
  get whole() {
    const { source } = this;
    if (this.isUsed || this.#stream !== null) return undefined;
    return source === null || typeof source === "string" || source instanceof Uint8Array ? source : undefined;
  }

  /** `body` of the standard. */
  get stream() {
    const { source } = this;
    if (this.#stream !== null) return this.#stream;
    if (source === null || (isRequestBody(source) && source.isEnded && !this.#isUsed)) return null;
    this.#stream = streamOf(this.#isUsed ? "" : source);
    if (this.#isUsed) void this.#stream.cancel();
    return this.#stream;
  }

  /** Takes the body away from its owner. */
  take() {
    this.#assertUnused();
    const { source } = this;
    this.#isUsed = true;
    return this.#stream ?? source;
  }

  /** The body as a stream, taken away from its owner. @returns {ReadableStream<Uint8Array>} */
  takeStream() {
    const source = this.take();
    return streamOf(source ?? "");
  }

  /** @returns {Promise<Buffer>} */
  async bytes() {
    const source = this.take();
    if (source === null) return Buffer.alloc(0);
    if (typeof source === "string") return Buffer.from(source);
    if (source instanceof Uint8Array) return Buffer.from(source);
    if (isRequestBody(source)) return source.whole();
    return readAll(source);
  }

  /** @returns {Promise<string>} */
  async text() {
    if (typeof this.source === "string" && this.#stream === null) return /** @type {string} */ (this.take());
    const text = (await this.bytes()).toString("utf8");
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** @param {string | null} contentType @returns {Promise<Blob>} */
  async blob(contentType) {
    const bytes = await this.bytes();
    return new Blob([new Uint8Array(bytes)], { type: contentType ?? "" });
  }

  /** @param {string | null} contentType @returns {Promise<FormData>} */
  async formData(contentType) {
    return parseForm(new Uint8Array(await this.bytes()), contentType);
  }

  /** A second body of the same bytes. */
  clone() {
    this.#assertUnused();
    const { whole } = this;
    if (whole !== undefined) return new WebBody(whole);
    const { stream } = this;
    if (stream === null) return new WebBody(null);
    const [kept, given] = stream.tee();
    this.#stream = kept;
    return new WebBody(given);
  }

  #assertUnused() {
    if (this.isUsed || this.#stream?.locked === true)
      throw new TypeError("Body is unusable: Body has already been read");
  }
}

/**
 * What `new Response(value)` and `new Request(…, { body: value })` take.
 * @param {unknown} value
 * @returns {{ source: Source, type: string | null }} `type`: content type that goes with it
 */
export function extractBody(value) {
  if (value === null || value === undefined) return { source: null, type: null };
  if (typeof value === "string") return { source: value, type: "text/plain;charset=UTF-8" };
  if (value instanceof ArrayBuffer) return { source: new Uint8Array(value.slice(0)), type: null };
  if (ArrayBuffer.isView(value)) {
    return { source: new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice(), type: null };
  }
  if (value instanceof URLSearchParams) {
    return { source: value.toString(), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  if (value instanceof ReadableStream) return { source: usableStream(value), type: null };
  if (value instanceof Blob) return { source: value.stream(), type: value.type === "" ? null : value.type };
  if (isForm(value)) {
    const { blob, type } = formBody(value);
    return { source: blob.stream(), type };
  }
  if (typeof value === "object" && Symbol.asyncIterator in value) {
    return { source: ReadableStream.from(/** @type {AsyncIterable<Uint8Array>} */ (value)), type: null };
  }
  // As the standard has it, an object becomes the text it becomes.
  return { source: `${/** @type {string} */ (value)}`, type: "text/plain;charset=UTF-8" };
}

/** Asked by its tag, because asking by its class would load all of Fetch. @param {unknown} value @returns {value is FormData} */
function isForm(value) {
  return typeof value === "object" && value !== null && Reflect.get(value, Symbol.toStringTag) === "FormData";
}

/** @param {ReadableStream<Uint8Array>} stream */
function usableStream(stream) {
  if (stream.locked || isDisturbed(stream))
    throw new TypeError("Response body object should not be disturbed or locked");
  return stream;
}

/** @param {Source} source @returns {source is RequestBody} */
function isRequestBody(source) {
  return source !== null && typeof source === "object" && "wholeNow" in source;
}

/** @param {Exclude<Source, null>} source @returns {ReadableStream<Uint8Array>} */
function streamOf(source) {
  if (source instanceof ReadableStream) return source;
  if (isRequestBody(source)) return receivingStream(source);
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (bytes.length > 0) controller.enqueue(bytes.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

/** A body as it arrives: chunks are only taken when somebody reads, so the sender waits for the reader. @param {RequestBody} body */
function receivingStream(body) {
  return new ReadableStream({
    type: "bytes",
    pull: (controller) =>
      new Promise((resolve, reject) => {
        const pass = () => {
          const chunk = body.read();
          if (chunk === null && body.abortError !== null) return reject(body.abortError);
          if (chunk === null && !body.isComplete) return;
          body.onReadable = () => {};
          if (chunk !== null) controller.enqueue(new Uint8Array(chunk)); // a copy: the stream takes the memory away
          else {
            controller.close();
            controller.byobRequest?.respond(0);
          }
          resolve(undefined);
        };
        body.onReadable = pass;
        pass();
      }),
    cancel() {
      // What still arrives is let go of, so that the sender does not wait for nobody.
      body.onReadable = () => {
        while (body.read() !== null);
      };
      body.onReadable();
    },
  });
}

/** @param {ReadableStream<Uint8Array>} stream */
async function readAll(stream) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Somebody read from the stream, or cancelled it. @param {ReadableStream} stream */
function isDisturbed(stream) {
  return Readable.isDisturbed(stream);
}
