// @ts-check
/** Frames of PROTOCOL.md: their numbers, and how they are put together. Nothing here knows sockets or calls. */

export const frameType = /** @type {const} */ ({
  ready: 1,
  init: 2,
  initialized: 3,
  initFailed: 4,
  call: 5,
  head: 6,
  data: 7,
  end: 8,
  error: 9,
  cancel: 10,
  window: 11,
  log: 12,
  ping: 13,
  pong: 14,
  stop: 15,
  prepare: 16,
});

/** Bytes of length, type and call id in front of every payload. */
export const prefixBytes = 9;
export const longestFrame = 1_048_576;
/** Longest DATA payload, body inside a head, and log line. */
export const longestPiece = 65_536;
/** Body bytes of a call and direction that may be under way without leave. */
export const startCredit = 262_144;

const firstBufferBytes = 131_072;
/** A buffer that grew beyond is given back when all in it has left. */
const keptBufferBytes = 1_048_576;

// User code shares these prototypes: what framing needs is taken before it runs.
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
/** @type {(target: Buffer, text: string, offset: number, bytes?: number) => number} */
const writeLatin1 = uncurry(Buffer.prototype.latin1Write);
/** @type {(target: Buffer, text: string, offset: number, bytes?: number) => number} */
const writeUtf8 = uncurry(Buffer.prototype.utf8Write);
/** @type {(source: Buffer, start: number, end: number) => string} */
const sliceLatin1 = uncurry(Buffer.prototype.latin1Slice);
/** @type {(source: Buffer, start: number, end: number) => string} */
const sliceUtf8 = uncurry(Buffer.prototype.utf8Slice);
/** @type {(target: Buffer, source: Uint8Array, offset: number) => void} */
const setBytes = uncurry(Uint8Array.prototype.set);
/** @type {(source: Buffer, start: number, end: number) => Buffer} */
const subarray = uncurry(Buffer.prototype.subarray);
/** @type {(target: Buffer, to: number, start: number, end: number) => void} */
const copyWithin = uncurry(Uint8Array.prototype.copyWithin);
/** @type {(text: string, start: number, end: number) => string} */
const slice = uncurry(String.prototype.slice);
/** @type {(text: string, at: number) => number} */
const charCode = uncurry(String.prototype.charCodeAt);
const { allocUnsafe, allocUnsafeSlow } = Buffer;
const { min } = Math;
/** @type {(text: string) => number} */
export const utf8Length = Buffer.byteLength;
export { setBytes, sliceUtf8, subarray };

/** A head that cannot be said in the protocol; its message is for the author of the function. */
export class FrameLimitError extends RangeError {}

/** Puts frames one after another into one buffer that grows when it must. */
export class FrameWriter {
  buffer = allocUnsafeSlow(firstBufferBytes);
  used = 0;
  /** Bytes at the start of the buffer that have left. */
  sent = 0;
  #start = 0;

  get unsent() {
    return this.used - this.sent;
  }

  /** The oldest bytes have left. @param {number} bytes */
  leave(bytes) {
    this.sent += bytes;
    if (this.sent < this.used) return;
    this.used = 0;
    this.sent = 0;
    if (this.buffer.length > keptBufferBytes) this.buffer = allocUnsafeSlow(firstBufferBytes);
  }

  /**
   * Starts a frame; `payloadBytes` is the most that will be put into it.
   * @param {number} type @param {number} call @param {number} payloadBytes
   */
  begin(type, call, payloadBytes) {
    this.#reserve(prefixBytes + payloadBytes);
    this.#start = this.used;
    this.used += 4;
    this.u8(type);
    this.u32(call);
  }

  /** Fills in the length of the frame begun last. */
  finish() {
    const end = this.used;
    this.used = this.#start;
    this.u32(end - this.#start - 4);
    this.used = end;
  }

  /** @param {number} value */
  u8(value) {
    this.buffer[this.used++] = value;
  }

  /** @param {number} value */
  u16(value) {
    const { buffer, used } = this;
    buffer[used] = value;
    buffer[used + 1] = value >>> 8;
    this.used = used + 2;
  }

  /** @param {number} value */
  u32(value) {
    const { buffer, used } = this;
    buffer[used] = value;
    buffer[used + 1] = value >>> 8;
    buffer[used + 2] = value >>> 16;
    buffer[used + 3] = value >>> 24;
    this.used = used + 4;
  }

  /** @param {number} value */
  f64(value) {
    doubles[0] = value;
    setBytes(this.buffer, doubleBytes, this.used);
    this.used += 8;
  }

  /** @param {Uint8Array} bytes */
  bytes(bytes) {
    setBytes(this.buffer, bytes, this.used);
    this.used += bytes.length;
  }

  /** @param {string} text @param {number} [atMost] bytes; a character is never cut in half */
  utf8(text, atMost = longestFrame) {
    this.used += writeUtf8(this.buffer, text, this.used, min(atMost, this.buffer.length - this.used));
  }

  /** A string list; its size comes from `stringListBytes`. @param {readonly string[]} list */
  strings(list) {
    let all = "";
    this.u16(list.length);
    for (let i = 0; i < list.length; i++) {
      const text = /** @type {string} */ (list[i]); // below length
      this.u16(text.length);
      all += text;
    }
    this.used += writeLatin1(this.buffer, all, this.used);
  }

  /** A whole frame with text in it. @param {number} type @param {number} call @param {string} text */
  textFrame(type, call, text) {
    this.begin(type, call, text.length * 3);
    this.utf8(text);
    this.finish();
  }

  /** @param {number} more */
  #reserve(more) {
    const { buffer, sent, used, unsent } = this;
    if (used + more <= buffer.length) return;
    const need = unsent + more;
    if (need <= buffer.length && unsent <= sent) copyWithin(buffer, 0, sent, used);
    else {
      this.buffer = allocUnsafeSlow(need + (need >>> 1));
      setBytes(this.buffer, subarray(buffer, sent, used), 0);
    }
    this.used = unsent;
    this.sent = 0;
  }
}

const doubles = new Float64Array(1);
const doubleBytes = new Uint8Array(doubles.buffer);

/** Bytes of a string list; throws when it cannot be said. @param {readonly string[]} list */
export function stringListBytes(list) {
  let bytes = 2 + 2 * list.length;
  for (let i = 0; i < list.length; i++) {
    const { length } = /** @type {string} */ (list[i]); // below length
    if (length > 0xffff) throw new FrameLimitError(`a header of ${length} bytes is longer than 65,535`);
    bytes += length;
  }
  if (list.length > 0xffff || bytes > longestFrame - 2 * longestPiece) {
    throw new FrameLimitError(`headers of ${bytes} bytes are more than the platform carries`);
  }
  return bytes;
}

/** Where the string list at `start` ends. @param {Buffer} buffer @param {number} start */
export function endOfStrings(buffer, start) {
  const first = start + 2 + 2 * readU16(buffer, start);
  let end = first;
  for (let at = start + 2; at < first; at += 2) end += readU16(buffer, at);
  return end;
}

/** A string list as text, lengths and all: its bytes are latin1 characters. @param {Buffer} buffer @param {number} start @param {number} end */
export function packedStrings(buffer, start, end) {
  return sliceLatin1(buffer, start, end);
}

/** The strings of a packed list, as many as there are up to `atMost`. @param {string} packed @param {number} [atMost] @returns {string[]} */
export function unpackStrings(packed, atMost = 0xffff) {
  const count = lengthAt(packed, 0);
  const wanted = min(count, atMost);
  /** @type {string[]} */
  const list = [];
  let from = 2 + 2 * count;
  for (let i = 0; i < wanted; i++) {
    const to = from + lengthAt(packed, 2 + 2 * i);
    list[i] = slice(packed, from, to);
    from = to;
  }
  return list;
}

/** The strings of a list of a frame. @param {Buffer} buffer @param {number} start */
export function readStrings(buffer, start) {
  return unpackStrings(packedStrings(buffer, start, endOfStrings(buffer, start)));
}

/** @param {string} packed @param {number} at */
function lengthAt(packed, at) {
  return charCode(packed, at) | (charCode(packed, at + 1) << 8);
}

const noBytes = allocUnsafe(0);

/** Bytes that outlive the read buffer they are in. @param {Buffer} buffer @param {number} start @param {number} end */
export function copyBytes(buffer, start, end) {
  if (start === end) return noBytes;
  const copy = allocUnsafe(end - start);
  setBytes(copy, subarray(buffer, start, end), 0);
  return copy;
}

/** @param {Buffer} buffer @param {number} at */
function readU16(buffer, at) {
  return byte(buffer, at) | (byte(buffer, at + 1) << 8);
}

/** @param {Buffer} buffer @param {number} at */
export function readU32(buffer, at) {
  return (
    (byte(buffer, at) | (byte(buffer, at + 1) << 8) | (byte(buffer, at + 2) << 16) | (byte(buffer, at + 3) << 24)) >>> 0
  );
}

/** @param {Buffer} buffer @param {number} at */
function byte(buffer, at) {
  return /** @type {number} */ (buffer[at]); // frames are read within their checked length
}
