import type { SandboxId } from "../../core/index.ts";
import type {
  Assignment,
  Box,
  BoxMemory,
  CallAhead,
  CallHead,
  CallReceiver,
  Channel,
  ChannelCall,
  ChannelClose,
  InitMessage,
  InitOutcome,
  RuntimeFailure,
  RuntimeProgram,
  Sandbox,
  SandboxCapabilities,
  AssignedPaths,
  SandboxDriver,
  SandboxExit,
} from "../../sandbox/index.ts";

/** Hand-written stand-ins for sandboxes and what runs in them; nothing in them happens by itself. */

export class FakeCall implements ChannelCall {
  readonly head: CallHead;
  readonly receiver: CallReceiver;
  readonly written: Buffer[] = [];
  hasEnded = false;
  canceled: string | null = null;
  isAbandoned = false;
  granted = 0;
  #over: () => void;

  constructor(head: CallHead, receiver: CallReceiver, over: () => void) {
    this.head = head;
    this.receiver = receiver;
    this.#over = over;
  }

  write(chunk: Uint8Array): boolean {
    this.written.push(Buffer.from(chunk));
    return true;
  }

  end(): void {
    this.hasEnded = true;
  }

  grant(bytes: number): void {
    this.granted += bytes;
  }

  cancel(reason: string): void {
    this.canceled = reason;
  }

  abandon(): void {
    this.isAbandoned = true;
    this.#over();
  }

  /** The function answers an event. */
  result(json: string): void {
    this.#over();
    if (this.isAbandoned) return;
    this.receiver.onData(Buffer.from(json));
    this.receiver.onEnd(null);
  }

  /** The function answers a request in one piece. */
  respond(status: number, body: string): void {
    this.#over();
    if (this.isAbandoned) return;
    this.receiver.onHead(status, ["content-type", "text/plain"], Buffer.from(body));
    if (!this.isAbandoned) this.receiver.onEnd(null);
  }

  fail(failure: Partial<RuntimeFailure>): void {
    this.#over();
    if (!this.isAbandoned) this.receiver.onError({ ...failureOf("user"), ...failure });
  }
}

interface SentAhead {
  readonly head: CallHead;
  /** Null until it was begun. */
  call: ChannelCall | null;
  isCanceled: boolean;
}

export function failureOf(kind: RuntimeFailure["kind"], message = ""): RuntimeFailure {
  return { kind, errorType: "", message, stackTrace: "" };
}

export class FakeSandbox implements Sandbox, Channel {
  readonly id: SandboxId;
  readonly box: Box;
  readonly calls = new Set<FakeCall>();
  readonly ended: Promise<SandboxExit>;
  readonly closed: Promise<ChannelClose>;
  onLog: Channel["onLog"] = () => undefined;
  onFailure: Channel["onFailure"] = () => undefined;
  assignment: Assignment | null = null;
  initMessage: InitMessage | null = null;
  prepared: { readonly message: InitMessage; readonly wasAssigned: boolean } | null = null;
  stoppedWith: number | null = null;
  isFrozen = false;
  sentBytes = 0;
  peakBytes = 30_000_000;
  kills = 0;
  peaksForgotten = 0;
  exit: SandboxExit | null = null;
  runtimeVersion = "3.11.7";
  readonly #driver: FakeDriver;
  readonly #end: (exit: SandboxExit) => void;
  readonly #close: (close: ChannelClose) => void;

  constructor(box: Box, driver: FakeDriver) {
    this.id = box.id;
    this.box = box;
    this.#driver = driver;
    const ended = Promise.withResolvers<SandboxExit>();
    const closed = Promise.withResolvers<ChannelClose>();
    this.ended = ended.promise;
    this.closed = closed.promise;
    this.#end = ended.resolve;
    this.#close = closed.resolve;
  }

  get channel(): Channel {
    return this;
  }

  paths({ codeDirectory, layersDirectory = "/opt" }: Assignment): AssignedPaths {
    return {
      codeRoot: codeDirectory,
      layersRoot: layersDirectory,
      temporaryDirectory: "/tmp/box",
      interpreterDirectory: this.box.program.binDirectory ?? "/opt/node/bin",
    };
  }

  async assign(assignment: Assignment): Promise<void> {
    this.assignment = assignment;
    this.#driver.onAssign(this);
  }

  prepare(message: InitMessage): void {
    this.prepared = { message, wasAssigned: this.assignment !== null };
  }

  async init(message: InitMessage, options: { signal: AbortSignal }): Promise<InitOutcome> {
    if (this.exit !== null) return { kind: "failed", failure: failureOf("not-begun") };
    this.initMessage = message;
    return this.#driver.onInit(this, message, options.signal);
  }

  openAhead(head: CallHead): CallAhead {
    const sent: SentAhead = { head, call: null, isCanceled: false };
    this.#driver.sentAhead.push(sent);
    return {
      cancel: () => (sent.isCanceled = true),
      begin: (receiver) => (sent.call = this.open(head, receiver)),
    };
  }

  open(head: CallHead, receiver: CallReceiver): ChannelCall {
    if (this.isFrozen) throw new Error("a call was given to a sandbox that stands still");
    const call = new FakeCall(head, receiver, () => this.calls.delete(call));
    if (this.exit !== null) {
      queueMicrotask(() => call.fail(failureOf("not-begun")));
      return call;
    }
    this.calls.add(call);
    this.#driver.calls.push(call);
    this.#driver.onCall(call, this);
    return call;
  }

  get activeCalls(): number {
    return this.calls.size;
  }

  ping(options: { signal: AbortSignal }): Promise<number> {
    return this.#driver.onPing(this, options.signal);
  }

  stop(graceMs: number): void {
    this.stoppedWith = graceMs;
    if (this.isFrozen) return; // it does not hear it
    if (this.calls.size === 0) this.die({ kind: "exited", code: 0, signal: null });
  }

  address(port: number): { host: string; port: number } {
    return { host: "127.0.0.1", port };
  }

  memory(): BoxMemory {
    return { currentBytes: this.peakBytes, peakBytes: this.peakBytes, kills: this.kills };
  }

  forgetPeak(): void {
    this.peaksForgotten++;
  }

  networkBytesOut(): number {
    return this.sentBytes;
  }

  freeze(): void {
    this.#driver.onFreeze(this);
    this.isFrozen = true;
  }

  thaw(): void {
    this.#driver.onThaw(this);
    this.isFrozen = false;
  }

  async kill(): Promise<SandboxExit> {
    return this.die({ kind: "killed", code: null, signal: "SIGKILL" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  /** Nothing can be said to it any more; how its process ends is another matter. */
  closeChannel(): void {
    this.#close({ reason: "end", message: "" });
  }

  /** The process is gone: calls that are open fail as the channel's contract says. */
  die(exit: SandboxExit): SandboxExit {
    if (this.exit !== null) return this.exit;
    this.exit = exit;
    this.#driver.running.delete(this);
    this.#close({ reason: exit.kind === "lost" ? "local" : "end", message: "" });
    for (const call of this.calls) call.fail(failureOf("exit"));
    this.#end(exit);
    return exit;
  }
}

export class FakeDriver implements SandboxDriver {
  readonly running = new Set<FakeSandbox>();
  readonly calls: FakeCall[] = [];
  /** Calls that came right behind INIT; they are among `calls` when they were begun. */
  readonly sentAhead: SentAhead[] = [];
  created = 0;
  isolatesNetwork = false;
  canFreeze = true;
  onAssign: (sandbox: FakeSandbox) => void = () => undefined;
  /** What the host says to it; may throw. */
  onFreeze: (sandbox: FakeSandbox) => void = () => undefined;
  onThaw: (sandbox: FakeSandbox) => void = () => undefined;
  isolatesFiles = false;
  /** The system that its boxes see, and what it is called; null: the host's. */
  root = "/";
  image: string | null = null;
  /** Boots wait for this. */
  boot: () => Promise<void> = async () => undefined;
  onInit: (sandbox: FakeSandbox, message: InitMessage, signal: AbortSignal) => Promise<InitOutcome> = async (
    _sandbox,
    message,
  ) => ({ kind: "initialized", handler: message.form, port: message.port ?? null });
  onCall: (call: FakeCall, sandbox: FakeSandbox) => void = () => undefined;
  onPing: (sandbox: FakeSandbox, signal: AbortSignal) => Promise<number> = async () => 1;

  capabilities(): SandboxCapabilities {
    return {
      driver: "process",
      isolatesFiles: this.isolatesFiles,
      isolatesNetwork: this.isolatesNetwork,
      limitsMemory: true,
      limitsProcesses: false,
      canFreeze: this.canFreeze,
      warnings: [],
      notes: [],
    };
  }

  lacks({ missing }: RuntimeProgram): string | null {
    return missing?.({ directory: this.root, image: this.image }) ?? null;
  }

  /** Code directories that were made ready ahead of assignments. */
  readonly prepared: string[] = [];

  async prepareCode(codeDirectory: string): Promise<void> {
    this.prepared.push(codeDirectory);
  }

  async openApi(): Promise<null> {
    return null;
  }

  async create(box: Box): Promise<Sandbox> {
    this.created++;
    await this.boot();
    const sandbox = new FakeSandbox(box, this);
    this.running.add(sandbox);
    return sandbox;
  }

  /** Those that serve a function. */
  get assigned(): FakeSandbox[] {
    return [...this.running].filter((sandbox) => sandbox.assignment !== null);
  }

  get lastCall(): FakeCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error("no call has reached a sandbox");
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sandbox of this.running) await sandbox.kill();
  }
}
