import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { longestPiece, RuntimeCall, type Failure, type Frame } from "./runtime-call.ts";
import { FrameType, frame, stringList } from "./runtime-frames.ts";

export interface LogLine {
  readonly call: number;
  readonly stream: number;
  readonly text: string;
}

export interface InitOptions {
  readonly form?: "event" | "http" | "service";
  readonly handler?: string;
  readonly codeRoot: string;
  readonly isOverlaid?: boolean;
  readonly environment?: Record<string, string>;
  readonly maxResultBytes?: number;
  readonly initTimeoutMs?: number;
  readonly host?: string;
  readonly port?: number;
}

/** The platform's end of a channel, as small as tests need it: real process, real socket, nothing believed. */
export class RuntimeClient implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly logs: LogLine[] = [];
  /** Types of all frames, as they came. */
  readonly received: number[] = [];
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

  /** What `send` sends arrives in one read. */
  together<Sent>(send: () => Sent): Sent {
    this.#socket.cork();
    const sent = send();
    this.#socket.uncork();
    return sent;
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
    this.received.push(received.type);
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
