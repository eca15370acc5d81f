import { FrameType, readStrings, stringList } from "./runtime-frames.ts";

/** A frame as it came from the runtime. */
export interface Frame {
  readonly type: number;
  readonly call: number;
  readonly payload: Buffer;
}

export interface Failure {
  readonly kind: string;
  readonly errorType: string;
  readonly message: string;
  readonly stackTrace: string;
}

/** What a call came to. */
export interface Answer {
  readonly status: number;
  readonly pairs: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[] | null;
  readonly failure: Failure | null;
  /** Informational answers before it. */
  readonly informational: readonly { readonly status: number; readonly pairs: readonly string[] }[];
}

/** What a call needs of its client. */
interface CallClient {
  send(type: number, call: number, payload: Buffer | string): void;
  /** Bytes of DATA frames that came beyond the credit given. */
  overdrawn: number;
}

const startCredit = 262_144;
export const longestPiece = 65_536;

/** One call under way. */
export class RuntimeCall {
  readonly id: number;
  /** Resolves when the call is over; with failure kind `closed` when the channel ended first. */
  readonly answer: Promise<Answer>;
  /** Body bytes received so far. */
  receivedBytes = 0;
  /** Credit is given back as bytes arrive; false: by `grant` alone. */
  isGranting = true;
  /** What is done with body bytes instead of keeping them. */
  onData: ((chunk: Buffer) => void) | null = null;
  readonly #client: CallClient;
  readonly #forget: () => void;
  readonly #head: { status: number; pairs: readonly string[] } = { status: 0, pairs: [] };
  readonly #informational: { status: number; pairs: readonly string[] }[] = [];
  readonly #chunks: Buffer[] = [];
  readonly #settled = Promise.withResolvers<Answer>();
  readonly #headCame = Promise.withResolvers<void>();
  #sendCredit = startCredit;
  #receiveCredit = startCredit;
  #ungranted = 0;
  #creditCame = Promise.withResolvers<void>();

  constructor(id: number, client: CallClient, forget: () => void) {
    this.id = id;
    this.#client = client;
    this.#forget = forget;
    this.answer = this.#settled.promise;
  }

  /** Resolves with the status when the head has come. */
  async head(): Promise<{ status: number; pairs: readonly string[] }> {
    await this.#headCame.promise;
    return this.#head;
  }

  /** Sends request body within the credit that the runtime gives. */
  async write(bytes: Uint8Array | string): Promise<void> {
    let rest = Buffer.from(bytes);
    while (rest.length > 0) {
      while (this.#sendCredit === 0) await this.#creditCame.promise;
      const piece = rest.subarray(0, Math.min(rest.length, this.#sendCredit, longestPiece));
      this.#sendCredit -= piece.length;
      this.#client.send(FrameType.data, this.id, piece);
      rest = rest.subarray(piece.length);
    }
  }

  /** Bytes that may be sent now. */
  get sendCredit(): number {
    return this.#sendCredit;
  }

  end(trailers: readonly string[] | null = null): void {
    this.#client.send(FrameType.end, this.id, trailers === null ? Buffer.alloc(0) : stringList(trailers));
  }

  cancel(reason = 1): void {
    this.#client.send(FrameType.cancel, this.id, Buffer.from([reason]));
  }

  grant(bytes: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(bytes);
    this.#receiveCredit += bytes;
    this.#client.send(FrameType.window, this.id, payload);
  }

  take({ type, payload }: Frame): void {
    if (type === FrameType.head) this.#takeHead(payload);
    else if (type === FrameType.data) this.#takeData(payload);
    else if (type === FrameType.end) this.#finish(payload.length === 0 ? null : readStrings(payload, 0).list, null);
    else if (type === FrameType.error) this.#finish(null, JSON.parse(payload.toString()) as Failure); // wire
    else if (type === FrameType.window) {
      this.#sendCredit += payload.readUInt32LE();
      this.#creditCame.resolve();
      this.#creditCame = Promise.withResolvers();
    } else throw new Error(`a frame of type ${type} about a call`);
  }

  close(): void {
    this.#finish(null, { kind: "closed", errorType: "Closed", message: "the channel ended", stackTrace: "" });
  }

  #takeHead(payload: Buffer): void {
    const status = payload.readUInt16LE(1);
    const { list, end } = readStrings(payload, 3);
    if (status < 200 && status !== 101) {
      this.#informational.push({ status, pairs: list });
      return;
    }
    if (this.#head.status !== 0) throw new Error("two final heads");
    Object.assign(this.#head, { status, pairs: list });
    this.#headCame.resolve();
    if (((payload[0] ?? 0) & 1) === 0) return;
    this.#chunks.push(Buffer.from(payload.subarray(end)));
    this.#finish(null, null);
  }

  #takeData(payload: Buffer): void {
    this.receivedBytes += payload.length;
    this.#receiveCredit -= payload.length;
    if (this.#receiveCredit < 0) this.#client.overdrawn += payload.length;
    if (this.onData) this.onData(payload);
    else this.#chunks.push(Buffer.from(payload));
    if (!this.isGranting) return;
    this.#ungranted += payload.length;
    if (this.#ungranted < longestPiece) return;
    this.grant(this.#ungranted);
    this.#ungranted = 0;
  }

  #finish(trailers: readonly string[] | null, failure: Failure | null): void {
    this.#forget();
    this.#headCame.resolve();
    this.#settled.resolve({
      ...this.#head,
      body: Buffer.concat(this.#chunks),
      trailers,
      failure,
      informational: this.#informational,
    });
  }
}
