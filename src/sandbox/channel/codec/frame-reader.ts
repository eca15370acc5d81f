import { countedHeaderBytes, frame, headerBytes, maxDataBytes, maxFrameLength, ProtocolViolation } from "./frames.ts";

/** Where frames go. Callbacks run synchronously inside `push` and may throw `ProtocolViolation`. */
export interface FrameSink {
  /** A whole frame; its payload is `buffer[start … end)`, valid as long as the buffer. Never a DATA frame. */
  onFrame(type: number, call: number, buffer: Buffer, start: number, end: number): void;
  /** A DATA frame of `length` bytes begins: the place to check that it may come at all. */
  onDataStart(call: number, length: number): void;
  /** Bytes of a DATA frame as they arrived, not glued together. */
  onData(call: number, chunk: Buffer): void;
}

/**
 * Cuts a byte stream into frames, over any splits. Everything is checked before it is believed; at most one frame
 * (1 MiB) is kept, and only one that did not arrive in one piece.
 *
 * header → (DATA) data pieces → header
 * header → (in one chunk) frame → header
 * header → (over several chunks) gathering → frame → header
 */
export class FrameReader {
  /** To whom frames go; may change between two of them. */
  sink: FrameSink;
  /** Types the other side may send, as bits. */
  readonly #allowed: number;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFilled = 0;
  #type = 0;
  #call = 0;
  /** Payload bytes of the current frame that have not come yet; only meaningful outside the header. */
  #missing = 0;
  #gathered: Buffer | null = null;
  #gatheredFilled = 0;
  #isStopped = false;

  constructor(sink: FrameSink, allowedTypes: readonly number[]) {
    this.sink = sink;
    this.#allowed = allowedTypes.reduce((bits, type) => bits | (1 << type), 0);
  }

  /** Nothing is read any more: the rest of a chunk under way is dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#gathered = null;
  }

  /** True while a frame is only half here. */
  get isInsideFrame(): boolean {
    return this.#headerFilled > 0 || this.#missing > 0;
  }

  /** Throws `ProtocolViolation`; the reader is useless afterwards. */
  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length && !this.#isStopped) {
      if (this.#missing === 0) position = this.#readHeader(chunk, position);
      else if (this.#type === frame.data) position = this.#passData(chunk, position);
      else position = this.#gather(chunk, position);
    }
  }

  #readHeader(chunk: Buffer, position: number): number {
    if (this.#headerFilled === 0 && chunk.length - position >= headerBytes) {
      return this.#begin(chunk, position, chunk, position + headerBytes);
    }
    const taken = Math.min(headerBytes - this.#headerFilled, chunk.length - position);
    chunk.copy(this.#header, this.#headerFilled, position, position + taken);
    this.#headerFilled += taken;
    if (this.#headerFilled < headerBytes) return position + taken;
    this.#headerFilled = 0;
    return this.#begin(this.#header, 0, chunk, position + taken);
  }

  /** Reads the header at `header[at]`; the payload starts at `chunk[position]`. Gives where to go on. */
  #begin(header: Buffer, at: number, chunk: Buffer, position: number): number {
    const length = header.readUInt32LE(at);
    const type = header.readUInt8(at + 4);
    const call = header.readUInt32LE(at + 5);
    if (length < countedHeaderBytes || length > maxFrameLength) {
      throw new ProtocolViolation(`a frame says it has ${length} bytes`);
    }
    if (type > 31 || (this.#allowed & (1 << type)) === 0)
      throw new ProtocolViolation(`frame type ${type} is not expected`);
    const size = length - countedHeaderBytes;
    this.#type = type;
    this.#call = call;
    if (type === frame.data) return this.#beginData(call, size, position);
    if (size <= chunk.length - position) {
      this.sink.onFrame(type, call, chunk, position, position + size);
      return position + size;
    }
    this.#missing = size;
    this.#gathered = Buffer.allocUnsafe(size);
    this.#gatheredFilled = 0;
    return position;
  }

  #beginData(call: number, size: number, position: number): number {
    if (size > maxDataBytes) throw new ProtocolViolation(`a DATA frame of ${size} bytes; ${maxDataBytes} are allowed`);
    this.sink.onDataStart(call, size);
    this.#missing = size;
    return position;
  }

  #passData(chunk: Buffer, position: number): number {
    const end = Math.min(chunk.length, position + this.#missing);
    this.#missing -= end - position;
    this.sink.onData(this.#call, position === 0 && end === chunk.length ? chunk : chunk.subarray(position, end));
    return end;
  }

  #gather(chunk: Buffer, position: number): number {
    const gathered = this.#gathered;
    if (gathered === null) return chunk.length;
    const end = Math.min(chunk.length, position + this.#missing);
    chunk.copy(gathered, this.#gatheredFilled, position, end);
    this.#gatheredFilled += end - position;
    this.#missing -= end - position;
    if (this.#missing > 0) return end;
    this.#gathered = null;
    this.sink.onFrame(this.#type, this.#call, gathered, 0, gathered.length);
    return end;
  }
}
