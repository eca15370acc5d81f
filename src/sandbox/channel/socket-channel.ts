import type { Duplex } from "node:stream";
import { PlatformError, type LogLine } from "../../core/index.ts";
import { EarlyFrames, OpenCallAhead } from "./call-ahead.ts";
import { CallSlots, maxOpenCalls } from "./call-slots.ts";
import type {
  CallAhead,
  CallHead,
  CallReceiver,
  Channel,
  ChannelCall,
  ChannelClose,
  InitMessage,
  InitOutcome,
  RuntimeFailure,
} from "./channel.ts";
import { frame, maxDataBytes, ProtocolViolation } from "./codec/frames.ts";
import { FrameReader, type FrameSink } from "./codec/frame-reader.ts";
import { FrameWriter } from "./codec/frame-writer.ts";
import { checkLogFrame, LogLimit, readLogLine } from "./log-lines.ts";
import { parseFailure, parseHello, parseInitialized, type RuntimeHello } from "./codec/messages.ts";
import { RepeatedHeaders } from "./codec/repeated-headers.ts";
import { notBegun, OpenCall, type CallLink } from "./open-call.ts";
import { readIntoOneBuffer } from "./read-into-one-buffer.ts";
import { Replies } from "./replies.ts";
import { bytesOf, headStrings } from "./call-head.ts";

/** Response bytes that all receivers of one channel may hold: beyond, the stream is not read until they take some. */
const maxHeldBytes = 64 * 1024 * 1024;

type ChannelState = "starting" | "ready" | "initializing" | "initialized" | "failed" | "closed";

const framesOfRuntime = [
  frame.ready,
  frame.initialized,
  frame.initFailed,
  frame.head,
  frame.data,
  frame.end,
  frame.error,
  frame.window,
  frame.log,
  frame.pong,
];

/**
 * The platform's end of a channel over any byte stream; owns the stream.
 *
 * starting → (READY) ready → (init) initializing → (INITIALIZED) initialized | (INIT_FAILED) failed → closed
 * Every state goes to closed when the stream ends, PROTOCOL.md is broken, or `close` is called.
 */
export class SocketChannel implements Channel {
  runtimeVersion = "";
  readonly closed: Promise<ChannelClose>;
  onLog: (requestId: string | null, line: LogLine) => void = ignore;
  onFailure: (failure: RuntimeFailure) => void = ignore;
  readonly #stream: Duplex;
  readonly #writer: FrameWriter;
  readonly #sink: FrameSink;
  readonly #reader: FrameReader;
  readonly #slots = new CallSlots<OpenCall>();
  readonly #link: CallLink;
  readonly #headers = new RepeatedHeaders();
  readonly #logLimit: LogLimit;
  readonly #hello = new Replies<RuntimeHello>();
  readonly #initOutcome = new Replies<InitOutcome>();
  readonly #pongs = new Replies<number>();
  #state: ChannelState = "starting";
  #takesPrepare = false;
  #isPrepared = false;
  #hasCallAhead = false;
  #early: EarlyFrames | null = null;
  #lastPing = 0;
  #waitingForSocket: OpenCall[] = [];
  #heldBytes = 0;
  #isPaused = false;
  #lastFailure: RuntimeFailure | null = null;
  #resolveClosed: (close: ChannelClose) => void = ignore;

  constructor(stream: Duplex) {
    this.#stream = readIntoOneBuffer(stream, (chunk) => this.#onChunk(chunk));
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#writer = new FrameWriter(this.#stream, () => this.#onDrain());
    this.#sink = this.#newSink();
    this.#reader = new FrameReader(this.#sink, framesOfRuntime);
    this.#link = {
      writer: this.#writer,
      readHeaders: (buffer, start, bytes) => this.#headers.read(buffer, start, bytes),
      addHeld: (bytes) => this.#addHeld(bytes),
      waitForSocket: (call) => this.#waitingForSocket.push(call),
      release: (call) => this.#slots.release(call),
    };
    this.#logLimit = new LogLimit((text) => this.onLog(null, { at: Date.now(), stream: "stderr", text }));
    this.#stream.on("end", () => this.#onStreamEnd(null));
    this.#stream.on("close", () => this.#onStreamEnd(null));
    this.#stream.on("error", (error: Error) => this.#onStreamEnd(error));
  }

  get activeCalls(): number {
    return this.#slots.active;
  }

  /** Resolves when the runtime has said READY. */
  ready(options: { signal: AbortSignal }): Promise<RuntimeHello> {
    return this.#hello.wait(0, options.signal);
  }

  prepare(message: InitMessage): void {
    if (!this.#takesPrepare || this.#state !== "ready") return;
    this.#isPrepared = true;
    this.#writer.json(frame.prepare, 0, message);
  }

  init(message: InitMessage, options: { signal: AbortSignal }): Promise<InitOutcome> {
    if (this.#state === "closed") return Promise.resolve({ kind: "failed", failure: notBegun });
    if (this.#state !== "ready") throw new Error(`a channel is initialized once, after READY; it is ${this.#state}`);
    this.#state = "initializing";
    if (this.#isPrepared) this.#writer.empty(frame.init, 0);
    else this.#writer.json(frame.init, 0, message);
    return this.#initOutcome.wait(0, options.signal);
  }

  open(head: CallHead, receiver: CallReceiver): ChannelCall {
    if (this.#state === "closed") return this.#refuse(head, receiver);
    if (this.#state !== "initialized") throw new Error(`calls need an initialized channel; it is ${this.#state}`);
    return this.#send(head, receiver);
  }

  openAhead(head: CallHead): CallAhead | null {
    const { body } = head;
    if (this.#state !== "initializing" || body === undefined || bytesOf(body) > maxDataBytes) return null;
    const ahead = new OpenCallAhead(
      (receiver) => this.#send(head, receiver),
      () => this.#deliverEarly(),
    );
    this.#hasCallAhead = true;
    return ahead;
  }

  #send(head: CallHead, receiver: CallReceiver): OpenCall {
    const strings = headStrings(head);
    const { body } = head;
    const bodyBytes = body === undefined ? 0 : bytesOf(body);
    const isInline = body !== undefined && bodyBytes <= maxDataBytes;
    const id = this.#slots.takeId();
    if (id === 0) {
      throw new PlatformError("ConcurrencyLimit", `One instance has more than ${maxOpenCalls} calls under way`);
    }
    const call = new OpenCall(id, head.requestId, head, !isInline, receiver, this.#link);
    this.#slots.place(call);
    this.#writer.call(id, head, strings, isInline ? body : null, isInline ? bodyBytes : 0);
    if (body !== undefined && !isInline) {
      call.write(typeof body === "string" ? Buffer.from(body) : body);
      call.end();
    }
    return call;
  }

  ping(options: { signal: AbortSignal }): Promise<number> {
    if (this.#state === "closed") return Promise.reject(this.#closedError());
    this.#lastPing = (this.#lastPing + 1) >>> 0;
    const sentAt = performance.now();
    this.#writer.uint32(frame.ping, 0, this.#lastPing);
    return this.#pongs.wait(this.#lastPing, options.signal).then((receivedAt) => receivedAt - sentAt);
  }

  stop(graceMs: number): void {
    if (this.#state !== "closed") this.#writer.uint32(frame.stop, 0, Math.max(0, Math.min(graceMs, 0xffff_ffff)));
  }

  /** A line that the driver caught outside the runtime's own capture; bounded like the runtime's. */
  logFromOutside(stream: LogLine["stream"], text: string): void {
    const now = Date.now();
    if (this.#logLimit.allows(text.length, now)) this.onLog(null, { at: now, stream, text });
  }

  /** Ends the conversation from our side. */
  close(message: string): void {
    this.#finish({ reason: "local", message });
  }

  #newSink(): FrameSink {
    return {
      onFrame: (type, call, buffer, start, end) => this.#onFrame(type, call, buffer, start, end),
      onDataStart: (call, length) => {
        this.#expectCalls("DATA");
        this.#slots.find(call)?.onDataStart(length);
      },
      onData: (call, chunk) => this.#slots.find(call)?.onData(chunk),
    };
  }

  #onChunk(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#finish(closeBy(error));
    }
  }

  #onFrame(type: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (this.#state === "starting" && type !== frame.ready) throw new ProtocolViolation("the first frame is not READY");
    if (this.#state === "initializing" && id !== 0 && type !== frame.log) this.#expectCalls("a frame");
    switch (type) {
      case frame.head:
        return this.#slots.find(id)?.onHead(buffer, start, end);
      case frame.end:
        return this.#slots.find(id)?.onEnd(buffer, start, end);
      case frame.window:
        if (end - start !== 4) throw new ProtocolViolation("WINDOW is not 4 bytes");
        return this.#slots.find(id)?.addCredit(buffer.readUInt32LE(start));
      case frame.log:
        return this.#onLogFrame(id, buffer, start, end);
      case frame.error:
        return this.#onErrorFrame(id, parseFailure(buffer, start, end));
      default:
        if (id !== 0) throw new ProtocolViolation(`frame type ${type} belongs to no call`);
        return this.#onSandboxFrame(type, buffer, start, end);
    }
  }

  #onSandboxFrame(type: number, buffer: Buffer, start: number, end: number): void {
    if (type === frame.pong) {
      if (end - start !== 4) throw new ProtocolViolation("PONG is not 4 bytes");
      this.#pongs.resolve(buffer.readUInt32LE(start), performance.now());
      return;
    }
    if (type === frame.ready) {
      if (this.#state !== "starting") throw new ProtocolViolation("READY came twice");
      const hello = parseHello(buffer, start, end);
      this.runtimeVersion = hello.version;
      this.#takesPrepare = hello.prepares;
      this.#state = "ready";
      this.#hello.resolve(0, hello);
      return;
    }
    if (this.#state !== "initializing") throw new ProtocolViolation("an answer to an INIT that was not sent");
    if (type === frame.initialized) {
      const outcome = parseInitialized(buffer, start, end);
      this.#state = "initialized";
      if (this.#hasCallAhead) this.#reader.sink = this.#early = new EarlyFrames(this.#sink);
      this.#initOutcome.resolve(0, outcome);
      return;
    }
    const failure = parseFailure(buffer, start, end);
    this.#state = "failed";
    this.#initOutcome.resolve(0, { kind: "failed", failure });
  }

  /** The call that was sent behind INIT has its receiver. */
  #deliverEarly(): void {
    const early = this.#early;
    this.#early = null;
    this.#reader.sink = this.#sink;
    try {
      early?.deliver();
    } catch (error) {
      this.#finish(closeBy(error));
    }
  }

  #expectCalls(name: string): void {
    if (this.#state === "starting") throw new ProtocolViolation("the first frame is not READY");
    if (this.#state === "initializing") throw new ProtocolViolation(`${name} of a call before INITIALIZED`);
  }

  #onLogFrame(id: number, buffer: Buffer, start: number, end: number): void {
    checkLogFrame(buffer, start, end);
    const now = Date.now();
    if (!this.#logLimit.allows(end - start, now)) return;
    const call = this.#state === "initializing" ? undefined : this.#slots.find(id); // nothing was begun yet
    this.onLog(call?.requestId ?? null, readLogLine(buffer, start, end, now));
  }

  #onErrorFrame(id: number, failure: RuntimeFailure): void {
    if (id !== 0) return this.#slots.find(id)?.fail(failure);
    this.#lastFailure = failure;
    this.onFailure(failure);
  }

  #onDrain(): void {
    const waiting = this.#waitingForSocket;
    this.#waitingForSocket = []; // who still has to wait lines up again, behind the others
    for (const call of waiting) call.pump();
  }

  #addHeld(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > maxHeldBytes && !this.#isPaused) {
      this.#isPaused = true;
      this.#stream.pause();
    }
    if (this.#isPaused && this.#heldBytes < maxHeldBytes / 2) {
      this.#isPaused = false;
      this.#stream.resume();
    }
  }

  #onStreamEnd(error: Error | null): void {
    const cut = this.#reader.isInsideFrame ? " in the middle of a frame" : "";
    const message =
      error === null ? `the runtime closed the channel${cut}` : `the channel broke${cut}: ${error.message}`;
    this.#finish({ reason: "end", message }, isUnread(error) ? this.#writer.lastCall : 0);
  }

  #finish(close: ChannelClose, unreadCall = 0): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#reader.stop();
    const unsent = this.#writer.stop();
    this.#stream.destroy();
    this.#logLimit.report();
    const failure = this.#failureOf(close);
    let message = close.message;
    for (const call of this.#slots.open()) {
      try {
        call.fail(unsent.has(call.id) || call.id === unreadCall ? notBegun : failure);
      } catch (error) {
        message += `; a receiver failed: ${String(error)}`; // the other calls must still hear of the end
      }
    }
    this.#initOutcome.resolve(0, { kind: "failed", failure }); // if it is waited for
    this.#resolveClosed({ reason: close.reason, message });
    for (const replies of [this.#hello, this.#pongs]) replies.rejectAll(this.#closedError());
  }

  #failureOf(close: ChannelClose): RuntimeFailure {
    const kind = close.reason === "protocol" ? "protocol" : "exit";
    const reported = this.#lastFailure === null ? "" : ` after it reported: ${this.#lastFailure.message}`;
    const message =
      kind === "protocol" ? `The runtime broke the channel protocol: ${close.message}` : `The runtime ended${reported}`;
    return { kind, errorType: "RuntimeExit", message, stackTrace: this.#lastFailure?.stackTrace ?? "" };
  }

  #closedError(): PlatformError {
    return new PlatformError("InstanceCrashed", "The sandbox has ended", { cause: this.#lastFailure ?? undefined });
  }

  /** A call on a closed channel fails after its caller has got the handle. */
  #refuse(head: CallHead, receiver: CallReceiver): ChannelCall {
    const noLink: CallLink = { ...this.#link, addHeld: ignore, waitForSocket: ignore, release: ignore };
    const call = new OpenCall(0, head.requestId, head, true, receiver, noLink);
    queueMicrotask(() => call.fail(notBegun));
    return call;
  }
}

/** Anything but a violation is a receiver that threw, which is our own bug: it costs this sandbox, not the host. */
function closeBy(error: unknown): ChannelClose {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ProtocolViolation) return { reason: "protocol", message };
  return { reason: "local", message: `a receiver of this channel failed: ${message}` };
}

/** The runtime died before it had read all that was sent: certainly not the last frame. */
function isUnread(error: Error | null): boolean {
  return error !== null && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

function ignore(): void {}
