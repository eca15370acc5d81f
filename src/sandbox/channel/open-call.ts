import type { CallReceiver, ChannelCall, RuntimeFailure } from "./channel.ts";
import { frame, initialCredit, maxDataBytes, ProtocolViolation, windowStep } from "./codec/frames.ts";
import type { FrameWriter } from "./codec/frame-writer.ts";
import { RequestBody } from "./request-body.ts";
import { readStringList, stringListBytes } from "./codec/string-list.ts";

/** What a call needs of its channel. */
export interface CallLink {
  readonly writer: FrameWriter;
  /** Response bytes that a receiver holds more (or fewer) than before. */
  addHeld(bytes: number): void;
  /** The request body goes on when the socket has drained. */
  waitForSocket(call: OpenCall): void;
  /** The string list of a HEAD. */
  readHeaders(buffer: Buffer, start: number, bytes: number): readonly string[];
  /** Once: the call's slot is free. */
  release(call: OpenCall): void;
}

/** What a call hears whose channel closed before it left. */
export const notBegun: RuntimeFailure = {
  kind: "not-begun",
  errorType: "",
  message: "The sandbox ended before this reached it",
  stackTrace: "",
};

const cancelReasons = { "caller-gone": 1, deadline: 2, stopping: 3 } as const;
/** 1xx answers of one call: they cost no credit, so their number is bounded. */
const maxInformationalHeads = 8;

/**
 * One call on the channel; the response side is checked frame by frame.
 *
 * event:  streaming → (END, ERROR, close, abandon) over
 * http:   waiting → (1xx HEAD) waiting → (final HEAD) streaming → (END, …) over;  waiting → (HEAD with body, ERROR, …) over
 *         waiting → (HEAD 101, where it was asked for) streaming, in both directions
 */
export class OpenCall implements ChannelCall {
  readonly id: number;
  readonly requestId: string;
  readonly #link: CallLink;
  #receiver: CallReceiver;
  readonly #isHttp: boolean;
  #state: "waiting" | "streaming" | "over";
  readonly #takesUpgrade: boolean;
  /** Null: the whole body went with the head. */
  #body: RequestBody | null;
  /** Response bytes the runtime may still send. */
  #credit = initialCredit;
  /** Bytes the consumer has taken that the runtime has not been told of. */
  #taken = 0;
  #informationalHeads = 0;
  #isWaitingForSocket = false;
  #isCancelled = false;

  constructor(
    id: number,
    requestId: string,
    { kind, isUpgrade }: { readonly kind: "event" | "http"; readonly isUpgrade?: boolean | undefined },
    hasBody: boolean,
    receiver: CallReceiver,
    link: CallLink,
  ) {
    const isHttp = kind === "http";
    this.id = id;
    this.requestId = requestId;
    this.#isHttp = isHttp;
    this.#takesUpgrade = isHttp && isUpgrade === true;
    this.#state = isHttp ? "waiting" : "streaming";
    this.#receiver = receiver;
    this.#link = link;
    this.#body = hasBody ? new RequestBody(id, link.writer) : null;
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** What comes from here on is for another receiver. */
  handTo(receiver: CallReceiver): void {
    this.#receiver = receiver;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#state === "over") return true; // discarded, as PROTOCOL.md has it
    if (this.#body === null) throw new Error("a call whose body went with its head was written to");
    const mayGoOn = this.#body.write(chunk);
    this.#queueForSocket();
    return mayGoOn;
  }

  end(trailers?: readonly string[]): void {
    if (this.#state === "over" || this.#body === null) return;
    this.#body.end(trailers);
    this.#queueForSocket();
  }

  grant(bytes: number): void {
    if (this.#state === "over") return;
    const untaken = initialCredit - this.#credit - this.#taken;
    const taken = Math.min(bytes, untaken); // a consumer that counts wrongly must not open the window wider
    this.#taken += taken;
    this.#link.addHeld(-taken);
    if (this.#taken < windowStep && (this.#credit > 0 || this.#taken === 0)) return;
    this.#link.writer.uint32(frame.window, this.id, this.#taken);
    this.#credit += this.#taken;
    this.#taken = 0;
  }

  cancel(reason: keyof typeof cancelReasons): void {
    if (this.#state === "over" || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#link.writer.byte(frame.cancel, this.id, cancelReasons[reason]);
  }

  abandon(): void {
    if (this.#state === "over") return;
    this.cancel("caller-gone"); // else the runtime would wait for credit that never comes
    this.#finish();
  }

  /** The channel has ended: what the caller hears. */
  fail(failure: RuntimeFailure): void {
    if (this.#state === "over") return;
    this.#finish();
    this.#receiver.onError(failure);
  }

  /** WINDOW has come. */
  addCredit(bytes: number): void {
    if (this.#state === "over") return;
    if (this.#body === null) throw new ProtocolViolation("WINDOW for a body that went with its head");
    this.#body.addCredit(bytes);
    this.pump();
  }

  /** Credit or socket have room again. */
  pump(): void {
    this.#isWaitingForSocket = false;
    if (this.#state === "over" || this.#body === null) return;
    const isDrained = this.#body.pump();
    this.#queueForSocket();
    if (isDrained) this.#receiver.onDrain();
  }

  /** HEAD has come. */
  onHead(buffer: Buffer, start: number, end: number): void {
    if (this.#state === "over") return;
    if (this.#state !== "waiting" || !this.#isHttp) throw new ProtocolViolation("HEAD where none may come");
    if (end - start < 3) throw new ProtocolViolation("HEAD is cut short");
    const flags = buffer.readUInt8(start);
    const status = buffer.readUInt16LE(start + 1);
    const listBytes = stringListBytes(buffer, start + 3, end);
    const bodyStart = start + 3 + listBytes;
    const pairs = this.#link.readHeaders(buffer, start + 3, listBytes);
    if (pairs.length % 2 !== 0) throw new ProtocolViolation("HEAD has a header name without a value");
    if (flags > 1 || (flags === 0 && bodyStart !== end))
      throw new ProtocolViolation("HEAD has bytes behind its headers");
    if (status < 200) return this.#onInformationalHead(status, flags, pairs);
    if (status > 599) throw new ProtocolViolation(`HEAD has status ${status}`);
    if (end - bodyStart > maxDataBytes) throw new ProtocolViolation("HEAD has a body over 64 KiB");
    this.#state = "streaming";
    if (flags === 0) return this.#receiver.onHead(status, pairs, null);
    this.#receiver.onHead(status, pairs, buffer.subarray(bodyStart, end));
    this.onEnd(buffer, end, end);
  }

  onDataStart(length: number): void {
    if (this.#state === "over") return;
    if (this.#state === "waiting") throw new ProtocolViolation("DATA before HEAD");
    if (length > this.#credit) throw new ProtocolViolation("DATA beyond its credit");
    this.#credit -= length;
    this.#link.addHeld(length);
  }

  onData(chunk: Buffer): void {
    if (this.#state === "streaming") this.#receiver.onData(chunk);
  }

  onEnd(buffer: Buffer, start: number, end: number): void {
    if (this.#state === "over") return;
    if (this.#state === "waiting") throw new ProtocolViolation("END before HEAD");
    const trailers = start === end ? null : readTrailers(buffer, start, end);
    this.#finish();
    this.#receiver.onEnd(trailers);
  }

  #onInformationalHead(status: number, flags: number, pairs: readonly string[]): void {
    if (status === 101 && this.#takesUpgrade && flags === 0) return this.#onSwitch(pairs);
    const isAllowed = status >= 100 && status !== 101 && flags === 0;
    if (!isAllowed) throw new ProtocolViolation(`HEAD has status ${status}`);
    if (++this.#informationalHeads > maxInformationalHeads) throw new ProtocolViolation("too many informational heads");
    this.#receiver.onHead(status, pairs, null);
  }

  /** The new protocol has both directions to itself: the request had no body. */
  #onSwitch(pairs: readonly string[]): void {
    this.#state = "streaming";
    this.#body = new RequestBody(this.id, this.#link.writer);
    this.#receiver.onHead(101, pairs, null);
  }

  #queueForSocket(): void {
    if (this.#isWaitingForSocket || this.#body?.waitsForSocket !== true) return;
    this.#isWaitingForSocket = true;
    this.#link.waitForSocket(this);
  }

  #finish(): void {
    this.#state = "over";
    this.#link.addHeld(this.#credit + this.#taken - initialCredit);
    this.#link.release(this);
  }
}

function readTrailers(buffer: Buffer, start: number, end: number): string[] {
  const bytes = stringListBytes(buffer, start, end);
  const trailers = readStringList(buffer, start, bytes);
  if (start + bytes !== end || trailers.length % 2 !== 0) throw new ProtocolViolation("END has a broken trailer list");
  return trailers;
}
