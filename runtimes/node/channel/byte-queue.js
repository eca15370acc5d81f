// @ts-check
import { longestPiece, setBytes, subarray } from "./frames.js";

const { allocUnsafeSlow } = Buffer;
const { min } = Math;
/** Memory that is kept for the next who waits, 4 MiB: made anew for each answer it is garbage faster than it is collected. */
const mostSpares = 64;
/** @type {Buffer[]} */
const spares = [];

/** @typedef {{ memory: Buffer, start: number, end: number, isSpare: boolean }} Piece `isSpare`: of our own memory, which is used again */

/** Bytes of one answer that may not leave yet. */
export class ByteQueue {
  length = 0;
  /** @type {Piece[]} */
  #pieces = [];

  /** Keeps a copy of `bytes[start … end)`. @param {Uint8Array} bytes @param {number} start @param {number} end */
  push(bytes, start, end) {
    for (let at = start; at < end;) {
      const piece = this.#pieceWithRoom();
      const taken = min(end - at, longestPiece - piece.end);
      setBytes(piece.memory, subarray(/** @type {Buffer} */ (bytes), at, at + taken), piece.end);
      piece.end += taken;
      at += taken;
    }
    this.length += end - start;
  }

  /** Keeps `bytes[start … end)` itself, which nobody changes any more. @param {Uint8Array} bytes @param {number} start @param {number} end */
  pushKept(bytes, start, end) {
    this.#pieces.push({ memory: /** @type {Buffer} */ (bytes), start, end, isSpare: false });
    this.length += end - start;
  }

  /** The oldest bytes, at most `atMost`; valid until `drop`. @param {number} atMost */
  peek(atMost) {
    const { memory, start, end } = /** @type {Piece} */ (this.#pieces[0]); // length > 0
    return subarray(memory, start, min(end, start + atMost));
  }

  /** Forgets the oldest bytes, as many as `peek` gave. @param {number} bytes */
  drop(bytes) {
    const piece = /** @type {Piece} */ (this.#pieces[0]); // length > 0
    piece.start += bytes;
    this.length -= bytes;
    if (piece.start === piece.end) giveBack(this.#pieces.shift());
  }

  clear() {
    for (const piece of this.#pieces) giveBack(piece);
    this.#pieces = [];
    this.length = 0;
  }

  #pieceWithRoom() {
    const last = this.#pieces[this.#pieces.length - 1];
    if (last !== undefined && last.isSpare && last.end < longestPiece) return last;
    const piece = { memory: spares.pop() ?? allocUnsafeSlow(longestPiece), start: 0, end: 0, isSpare: true };
    this.#pieces.push(piece);
    return piece;
  }
}

/** @param {Piece | undefined} piece */
function giveBack(piece) {
  if (piece?.isSpare === true && spares.length < mostSpares) spares.push(piece.memory);
}
