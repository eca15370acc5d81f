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
  Sha256,
  UsageRecord,
} from "../../core/index.ts";
import type {
  BuildRecord,
  CatalogEntry,
  ChangeListener,
  ChangeTopic,
  FunctionTable,
  StatusReason,
  Store,
} from "../../store/index.ts";
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
  readonly built: BuildRecord[] = [];
  isAway = false;
  unpackFails: Error | null = null;
  onUnpack: () => Promise<void> = async () => undefined;
  /** Written at the end of the turn, as the spool does. */
  writesAtOnce = false;
  listener: ChangeListener | null = null;

  readonly account = { appId: "1250000000", uin: "100000000001", secretId: "id", secretKey: "key" };
  readonly tokenKey = Buffer.from("token key");

  readonly catalog = {
    loadAll: async (): Promise<readonly CatalogEntry[]> => this.#answer([...this.entries.values()]),
    load: async (id: FunctionId): Promise<CatalogEntry | null> => this.#answer(this.entries.get(id) ?? null),
  };

  readonly changes = {
    announce: async (_topic: ChangeTopic, id: string): Promise<void> => this.listener?.changed(id),
    subscribe: (_topic: ChangeTopic, listener: ChangeListener) => {
      this.listener = listener;
      return { [Symbol.dispose]: () => undefined };
    },
  };

  readonly functions: Pick<FunctionTable, "setStatus"> = {
    setStatus: async (functionId, _revision, status, reasons) => {
      await this.#answer(null);
      this.statuses.push({ functionId, status, reasons });
      return { status, isNew: false };
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

  readonly builds = {
    list: async (): Promise<readonly BuildRecord[]> => this.#answer(this.built),
    keep: async (record: BuildRecord): Promise<void> => void this.built.push(record),
  };

  readonly artifacts = {
    merge: async ([sha256]: readonly Sha256[]): Promise<string> => {
      if (this.unpackFails !== null) throw this.unpackFails;
      if (sha256 === undefined) throw new Error("nothing to unpack");
      await this.onUnpack();
      this.unpacked.push(sha256);
      return `/code/${sha256}`;
    },
    has: async (): Promise<boolean> => true,
    list: async () => ({ entries: Array.from({ length: 10 }, (_, n) => ({ path: `m${n}.js` })), unpackedBytes: 0 }),
    unpack: async (sha256: Sha256): Promise<string> => `/code/${sha256}`,
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
    runtime: "Nodejs26",
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
  pairs: readonly string[] = [];
  body = "";
  isEnded = false;
  drains = 0;
  error: { code: string; message: string } | null = null;

  /** What it says of every head. */
  problem: PlatformError | null = null;

  onHead(status: number, pairs: readonly string[], body: Buffer | null): PlatformError | null {
    this.status = status;
    this.pairs = pairs;
    if (body !== null) this.body += body.toString();
    return this.problem;
  }

  /** What it says of every piece, and of the end. */
  bodyProblem: PlatformError | null = null;

  onData(chunk: Buffer): PlatformError | null {
    this.body += chunk.toString();
    return this.bodyProblem;
  }

  onLastData(): PlatformError | null {
    return this.bodyProblem;
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
