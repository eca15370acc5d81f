import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { FrameType, frame, readStrings, stringList } from "./runtime-frames.ts";

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

export interface LogLine {
  readonly call: number;
  readonly stream: number;
  readonly text: string;
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

export interface InitOptions {
  readonly form?: "event" | "http" | "service";
  readonly handler?: string;
  readonly codeRoot: string;
  readonly isOverlaid?: boolean;
  readonly environment?: Record<string, string>;
  readonly maxResultBytes?: number;
  readonly initTimeoutMs?: number;
  readonly port?: number;
}

const startCredit = 262_144;
const longestPiece = 65_536;

/** The platform's end of a channel, as small as tests need it: real process, real socket, nothing believed. */
export class RuntimeClient implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly logs: LogLine[] = [];
  /** ERROR frames of call 0. */
  readonly failures: Failure[] = [];
  /** Bytes of DATA frames that came beyond the credit given. */
  overdrawn = 0;
  readonly #socket: Socket;
  readonly #calls = new Map<number, RuntimeCall>();
  readonly #waiters: { type: number; resolve: (frame: Frame) => void }[] = [];
  readonly #early: Frame[] = [];
  readonly #exited: Promise<{ code: number | null; signal: string | null }>;
  #carry: Buffer = Buffer.alloc(0);
  #lastCall = 0;
  #pings = 0;

  constructor(command: readonly string[], environment: Record<string, string> = {}) {
    const [program = "", ...args] = command;
    this.process = spawn(program, args, {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
      env: { PATH: process.env["PATH"], ...environment, GUST_CHANNEL_FD: "3" },
      detached: true,
    });
    const channel = this.process.stdio[3];
    if (!(channel instanceof Socket)) throw new Error("no channel");
    this.#socket = channel;
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("error", () => undefined); // the end of the process says more
    this.#exited = once(this.process, "exit").then(([code, signal]) => ({ code, signal }));
    this.#socket.on("close", () => {
      for (const call of this.#calls.values()) call.close();
    });
  }

  /** READY. */
  async ready(): Promise<{ protocol: number; runtime: string; version: string; prepares?: boolean }> {
    return json(await this.next(FrameType.ready));
  }

  /** PREPARE. */
  prepare(options: InitOptions): void {
    this.send(FrameType.prepare, 0, JSON.stringify(initMessage(options)));
  }

  /** INIT; gives what the runtime answers. Null: as PREPARE said. */
  async init(
    options: InitOptions | null,
  ): Promise<{ handler: string; port?: number; failure?: undefined } | { failure: Failure }> {
    this.send(FrameType.init, 0, options === null ? "" : JSON.stringify(initMessage(options)));
    const answer = await Promise.race([this.next(FrameType.initialized), this.next(FrameType.initFailed)]);
    if (answer.type === FrameType.initialized) return json(answer);
    return { failure: json(answer) };
  }

  /** READY and INIT, which must work. */
  async start(options: InitOptions): Promise<void> {
    await this.ready();
    const answer = await this.init(options);
    if (answer.failure) throw new Error(`INIT_FAILED: ${JSON.stringify(answer.failure)}`);
  }

  /** An event call; the answer's body is the result. */
  invoke(event: unknown, options: { deadlineMs?: number; variables?: readonly string[] } = {}): RuntimeCall {
    const call = this.#newCall();
    const strings = [`request-${call.id}`, ...(options.variables ?? [])];
    const body = Buffer.from(typeof event === "string" ? event : JSON.stringify(event));
    this.#openCall(call, 0, options.deadlineMs ?? 3_000, strings, body);
    return call;
  }

  /** An HTTP call. `body` undefined: it is written afterwards. */
  request(
    method: string,
    target: string,
    headers: readonly string[] = [],
    body: Uint8Array | string | undefined = "",
    options: { deadlineMs?: number; isStreamed?: boolean } = {},
  ): RuntimeCall {
    const call = this.#newCall();
    const bytes = Buffer.from(body);
    this.#openCall(
      call,
      1,
      options.deadlineMs ?? 0,
      [`request-${call.id}`, method, target, ...headers],
      bytes,
      options,
    );
    return call;
  }

  async ping(): Promise<number> {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(++this.#pings);
    this.send(FrameType.ping, 0, payload);
    return (await this.next(FrameType.pong)).payload.readUInt32LE();
  }

  stop(graceMs: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(graceMs);
    this.send(FrameType.stop, 0, payload);
  }

  send(type: number, call: number, payload: Buffer | string): void {
    this.#socket.write(frame(type, call, typeof payload === "string" ? Buffer.from(payload) : payload));
  }

  /** The next frame of a type that belongs to no call. */
  next(type: number): Promise<Frame> {
    const index = this.#early.findIndex((early) => early.type === type);
    const [found] = index === -1 ? [] : this.#early.splice(index, 1);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiters.push({ type, resolve }));
  }

  linesOf(call: number): string[] {
    return this.logs.filter((line) => line.call === call).map((line) => line.text);
  }

  /** Stops reading, so that the runtime has nowhere to write. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  exited(): Promise<{ code: number | null; signal: string | null }> {
    return this.#exited;
  }

  /** Closes the platform's end, as its death would. */
  hangUp(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    this.#killGroup();
    await this.#exited;
  }

  /** What the runtime started as well, also when the runtime itself is gone. */
  #killGroup(): void {
    try {
      process.kill(-(this.process.pid ?? 0), "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  #newCall(): RuntimeCall {
    const id = ++this.#lastCall;
    const call = new RuntimeCall(id, this, () => this.#calls.delete(id));
    this.#calls.set(id, call);
    return call;
  }

  #openCall(
    call: RuntimeCall,
    kind: number,
    deadlineMs: number,
    strings: readonly string[],
    body: Buffer,
    { isStreamed = false }: { isStreamed?: boolean } = {},
  ): void {
    const isWhole = !isStreamed && body.length <= longestPiece;
    const head = Buffer.alloc(6);
    head[0] = isWhole ? 1 : 0;
    head[1] = kind;
    head.writeUInt32LE(deadlineMs, 2);
    this.send(FrameType.call, call.id, Buffer.concat([head, stringList(strings), isWhole ? body : Buffer.alloc(0)]));
    if (isWhole || isStreamed) return;
    void call.write(body).then(() => call.end());
  }

  #receive(chunk: Buffer): void {
    let rest = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    while (rest.length >= 4) {
      const length = rest.readUInt32LE();
      if (rest.length < 4 + length) break;
      this.#take({ type: rest[4] ?? 0, call: rest.readUInt32LE(5), payload: rest.subarray(9, 4 + length) });
      rest = rest.subarray(4 + length);
    }
    this.#carry = rest;
  }

  #take(received: Frame): void {
    if (received.type === FrameType.log) {
      const { call, payload } = received;
      this.logs.push({ call, stream: payload[0] ?? 0, text: payload.toString("utf8", 9) });
    } else if (received.call !== 0) this.#calls.get(received.call)?.take(received);
    else if (received.type === FrameType.error) this.failures.push(json(received));
    else {
      const index = this.#waiters.findIndex((waiter) => waiter.type === received.type);
      const [waiter] = index === -1 ? [] : this.#waiters.splice(index, 1);
      if (waiter) waiter.resolve(received);
      else this.#early.push({ ...received, payload: Buffer.from(received.payload) });
    }
  }
}

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
  readonly #client: RuntimeClient;
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

  constructor(id: number, client: RuntimeClient, forget: () => void) {
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

// oxlint-disable-next-line typescript/no-explicit-any -- tests assert on what they read
function json({ payload }: Frame): any {
  return JSON.parse(payload.toString());
}

function initMessage(options: InitOptions): object {
  return {
    form: "event",
    handler: "index.main_handler",
    environment: {},
    function: {
      name: "hello",
      namespace: "default",
      version: "$LATEST",
      region: "ap-guangzhou",
      appId: "1250000000",
      uin: "100000000001",
      memoryMb: 128,
      timeoutMs: 3_000,
    },
    maxResultBytes: 6_291_456,
    initTimeoutMs: 10_000,
    ...options,
  };
}
