import type {
  Alias,
  Clock,
  FunctionForm,
  FunctionId,
  FunctionSpec,
  FunctionVersion,
  Logger,
  PlatformError,
  RequestId,
  SandboxId,
  Sha256,
  UsageRecord,
} from "../../core/index.ts";
import type {
  Assignment,
  Box,
  CallHead,
  CallReceiver,
  Channel,
  ChannelCall,
  ChannelClose,
  InitMessage,
  InitOutcome,
  RuntimeFailure,
  Sandbox,
  SandboxCapabilities,
  AssignedPaths,
  SandboxDriver,
  SandboxExit,
} from "../../sandbox/index.ts";
import type { CatalogEntry, ChangeListener, FunctionTable, StatusReason, Store } from "../../store/index.ts";
import type { FunctionLogs, InstanceLog, InvocationLog } from "../../telemetry/index.ts";
import type { EventInvocation, HttpInvocation, HttpReceiver } from "../invoker.ts";

/** Hand-written stand-ins for the contracts below the scheduler; nothing in them happens by itself. */

export class FakeClock implements Clock {
  ms = 1_000;

  now(): number {
    return 1_700_000_000_000 + this.ms;
  }

  monotonic(): number {
    return this.ms;
  }
}

export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** Lets everything that is already due happen. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

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
  stoppedWith: number | null = null;
  peakBytes = 30_000_000;
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

  async assign(assignment: Assignment): Promise<AssignedPaths> {
    this.assignment = assignment;
    return {
      codeRoot: assignment.codeDirectory,
      layersRoot: assignment.layersDirectory ?? "/opt",
      temporaryDirectory: "/tmp/box",
      interpreterDirectory: "/opt/node/bin",
    };
  }

  async init(message: InitMessage, options: { signal: AbortSignal }): Promise<InitOutcome> {
    if (this.exit !== null) return { kind: "failed", failure: failureOf("not-begun") };
    this.initMessage = message;
    return this.#driver.onInit(this, message, options.signal);
  }

  open(head: CallHead, receiver: CallReceiver): ChannelCall {
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
    if (this.calls.size === 0) this.die({ kind: "exited", code: 0, signal: null });
  }

  address(port: number): { host: string; port: number } {
    return { host: "127.0.0.1", port };
  }

  memory(): { currentBytes: number; peakBytes: number } {
    return { currentBytes: this.peakBytes, peakBytes: this.peakBytes };
  }

  freeze(): void {}

  thaw(): void {}

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
  created = 0;
  isolatesNetwork = false;
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
      isolatesFiles: false,
      isolatesNetwork: this.isolatesNetwork,
      limitsMemory: true,
      limitsProcesses: false,
      canFreeze: false,
      warnings: [],
      notes: [],
    };
  }

  /** Code directories that were made ready ahead of assignments. */
  readonly prepared: string[] = [];

  async prepareCode(codeDirectory: string): Promise<void> {
    this.prepared.push(codeDirectory);
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

export class FakeLogs implements FunctionLogs {
  readonly invocations: InvocationLog[] = [];
  readonly instances: InstanceLog[] = [];
  readonly dropped = 0;

  recordInvocation(log: InvocationLog): void {
    this.invocations.push(log);
  }

  recordInstance(log: InstanceLog): void {
    this.instances.push(log);
  }

  async flush(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The parts of the store that the scheduler uses. */
export class FakeStore {
  readonly entries = new Map<FunctionId, CatalogEntry>();
  readonly written: UsageRecord[] = [];
  readonly statuses: { functionId: FunctionId; status: string; reasons: readonly StatusReason[] }[] = [];
  readonly unpacked: Sha256[] = [];
  isAway = false;
  unpackFails: Error | null = null;
  /** Written at the end of the turn, as the spool does. */
  writesAtOnce = false;
  listener: ChangeListener | null = null;

  readonly account = { appId: "1250000000", uin: "100000000001", secretId: "id", secretKey: "key" };

  readonly catalog = {
    loadAll: async (): Promise<readonly CatalogEntry[]> => this.#answer([...this.entries.values()]),
    load: async (id: FunctionId): Promise<CatalogEntry | null> => this.#answer(this.entries.get(id) ?? null),
  };

  readonly changes = {
    announce: async (id: FunctionId): Promise<void> => this.listener?.changed(id),
    subscribe: (listener: ChangeListener) => {
      this.listener = listener;
      return { [Symbol.dispose]: () => undefined };
    },
  };

  readonly functions: Pick<FunctionTable, "setStatus"> = {
    setStatus: async (functionId, _revision, status, reasons) => {
      await this.#answer(null);
      this.statuses.push({ functionId, status, reasons });
      return true;
    },
  };

  readonly records = {
    append: (record: UsageRecord, written: () => void): void => {
      const write = (): void => {
        this.written.push(record);
        written();
      };
      if (this.writesAtOnce) write();
      else setImmediate(write);
    },
  };

  readonly artifacts = {
    unpack: async (sha256: Sha256): Promise<string> => {
      if (this.unpackFails !== null) throw this.unpackFails;
      this.unpacked.push(sha256);
      return `/code/${sha256}`;
    },
  };

  /** As what `createScheduler` takes: it uses no more of a store than is here. */
  get store(): Store {
    return this as unknown as Store;
  }

  async #answer<Value>(value: Value): Promise<Value> {
    if (this.isAway) throw new Error("the database is away");
    return value;
  }
}

export function spec(form: FunctionForm, changes: Partial<FunctionSpec> = {}): FunctionSpec {
  return {
    type: form === "event" ? "Event" : "HTTP",
    form,
    handler: "index.main_handler",
    runtime: "Nodejs20.19",
    description: "",
    memoryMb: 128,
    timeoutS: 3,
    initTimeoutS: 65,
    environment: [],
    role: "",
    concurrencyPerInstance: form === "event" ? 1 : form === "http" ? 100 : 0,
    webSocketIdleS: null,
    layers: [],
    kept: {},
    ...changes,
  };
}

export function version(form: FunctionForm, changes: Partial<FunctionVersion> = {}): FunctionVersion {
  return {
    functionId: `lam-${changes.name ?? "hello"}` as FunctionId,
    namespace: "default",
    name: "hello",
    version: "$LATEST",
    revision: "r1",
    spec: spec(form),
    codeSha256: "c".repeat(64) as Sha256,
    codeSize: 100,
    ...changes,
  };
}

export function entry(
  versions: readonly FunctionVersion[],
  changes: Partial<CatalogEntry> & { aliases?: readonly Alias[] } = {},
): CatalogEntry {
  const [first] = versions;
  if (first === undefined) throw new Error("an entry has at least $LATEST");
  const { functionId, namespace, name, spec: latest } = first;
  return {
    functionId,
    namespace,
    name,
    status: "Active",
    domainLabel: latest.form === "event" ? "" : `${name}-12345678`,
    versions,
    served: null,
    aliases: [{ name: "$DEFAULT", version: "$LATEST", weighted: [], matched: [] }],
    ...changes,
  };
}

let requests = 0;

export function eventTo(name: string, changes: Partial<EventInvocation> = {}): EventInvocation {
  return {
    requestId: `request-${++requests}` as RequestId,
    target: { namespace: "default", name, qualifier: "$DEFAULT" },
    kind: "sync",
    retry: 0,
    payload: "{}",
    variables: {},
    ...changes,
  };
}

export function requestTo(name: string, changes: Partial<HttpInvocation> = {}): HttpInvocation {
  return {
    requestId: `request-${++requests}` as RequestId,
    target: { namespace: "default", name, qualifier: "$DEFAULT" },
    kind: "http",
    retry: 0,
    method: "GET",
    path: "/",
    rawHeaders: [],
    body: "",
    ...changes,
  };
}

/** Keeps what a caller would see of an answer. */
export class FakeReceiver implements HttpReceiver {
  status = 0;
  body = "";
  isEnded = false;
  drains = 0;
  error: { code: string; message: string } | null = null;

  /** What it says of every head. */
  problem: PlatformError | null = null;

  onHead(status: number, _pairs: readonly string[], body: Buffer | null): PlatformError | null {
    this.status = status;
    if (body !== null) this.body += body.toString();
    return this.problem;
  }

  onData(chunk: Buffer): void {
    this.body += chunk.toString();
  }

  onEnd(): void {
    this.isEnded = true;
  }

  onError(error: { code: string; message: string }): void {
    this.error = error;
  }

  onDrain(): void {
    this.drains++;
  }
}
