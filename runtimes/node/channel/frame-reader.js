// @ts-check
import {
  copyBytes,
  frameType,
  longestFrame,
  longestPiece,
  prefixBytes,
  readU32,
  setBytes,
  subarray,
} from "./frames.js";

const { min } = Math; // user code may replace the global

/**
 * @typedef {object} FrameSink
 * @property {(type: number, call: number, buffer: Buffer, start: number, end: number) => void} onFrame
 *   A whole frame; the bytes are only valid during the call.
 * @property {(call: number, chunk: Buffer) => void} onData Body bytes as they arrive, a DATA frame may come in pieces; a copy.
 */

/**
 * Cuts a stream into frames without copying what arrives whole.
 *
 * between frames → (DATA head) in body → between frames; anything that arrives in part waits in `#carry`.
 */
export class FrameReader {
  #sink;
  #carry = Buffer.allocUnsafeSlow(4_096);
  #carried = 0;
  /** Bytes that the frame in `#carry` needs; the prefix first. */
  #needed = prefixBytes;
  #bodyCall = 0;
  #bodyLeft = 0;

  /** @param {FrameSink} sink */
  constructor(sink) {
    this.#sink = sink;
  }

  /** @param {Buffer} buffer @param {number} end bytes in it */
  push(buffer, end) {
    let at = 0;
    while (at < end) {
      if (this.#bodyLeft > 0) at = this.#passBody(buffer, at, end);
      else if (this.#carried > 0 || end - at < prefixBytes) at = this.#collect(buffer, at, end);
      else at = this.#takeFrame(buffer, at, end);
    }
  }

  /** @param {Buffer} buffer @param {number} at @param {number} end */
  #passBody(buffer, at, end) {
    const stop = min(end, at + this.#bodyLeft);
    this.#bodyLeft -= stop - at;
    this.#sink.onData(this.#bodyCall, copyBytes(buffer, at, stop));
    return stop;
  }

  /** @param {Buffer} buffer @param {number} at @param {number} end */
  #takeFrame(buffer, at, end) {
    const bytes = this.#frameBytes(buffer, at);
    if (this.#startsBody(buffer, at, bytes)) return at + prefixBytes;
    if (end - at < bytes) return this.#collect(buffer, at, end);
    this.#emit(buffer, at, at + bytes);
    return at + bytes;
  }

  /** @param {Buffer} buffer @param {number} at @param {number} end */
  #collect(buffer, at, end) {
    const stop = min(end, at + this.#needed - this.#carried);
    setBytes(this.#carry, subarray(buffer, at, stop), this.#carried);
    this.#carried += stop - at;
    if (this.#carried < this.#needed) return stop;
    if (this.#needed === prefixBytes) this.#growTo(this.#frameBytes(this.#carry, 0));
    if (this.#startsBody(this.#carry, 0, this.#needed)) this.#carried = 0;
    else if (this.#carried === this.#needed) {
      this.#carried = 0;
      this.#emit(this.#carry, 0, this.#needed);
    }
    if (this.#carried === 0) this.#needed = prefixBytes;
    return stop;
  }

  /** @param {number} bytes */
  #growTo(bytes) {
    this.#needed = bytes;
    if (bytes <= this.#carry.length) return;
    const larger = Buffer.allocUnsafeSlow(bytes);
    setBytes(larger, subarray(this.#carry, 0, this.#carried), 0);
    this.#carry = larger;
  }

  /** @param {Buffer} buffer @param {number} at */
  #frameBytes(buffer, at) {
    const length = readU32(buffer, at);
    if (length < 5 || length > longestFrame) throw new Error(`a frame of ${length} bytes`);
    return length + 4;
  }

  /** @param {Buffer} buffer @param {number} at @param {number} bytes */
  #startsBody(buffer, at, bytes) {
    if (buffer[at + 4] !== frameType.data) return false;
    if (bytes - prefixBytes > longestPiece) throw new Error(`a DATA frame of ${bytes} bytes`);
    this.#bodyCall = readU32(buffer, at + 5);
    this.#bodyLeft = bytes - prefixBytes;
    return true;
  }

  /** @param {Buffer} buffer @param {number} start @param {number} end */
  #emit(buffer, start, end) {
    this.#sink.onFrame(
      /** @type {number} */ (buffer[start + 4]),
      readU32(buffer, start + 5),
      buffer,
      start + prefixBytes,
      end,
    );
  }
}
