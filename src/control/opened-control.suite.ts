import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import yazl from "yazl";
import {
  continueTrace,
  newRequestId,
  systemClock,
  type ApiCall,
  type ApiFields,
  type InvocationResult,
  type Logger,
  type Target,
  type UsageRecord,
  type FunctionId,
} from "../core/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { putPreparedDatabase } from "../../tests/prepared-database.ts";
import type { ControlConfig, EventInvoker, RuntimeSource, TryStart } from "./action.ts";
import { createControl, type Control } from "./control.ts";

/** The reply inside `Response`. */
export type Reply = Readonly<Record<string, unknown>> & {
  readonly Error?: { readonly Code: string; readonly Message: string };
};

type Run = Parameters<EventInvoker["invoke"]>[0];

/** A control on a real store, with a stand-in for the scheduler that makes changed functions Active at once. */
export interface OpenedControl extends AsyncDisposable {
  readonly control: Control;
  readonly store: Store;
  /** Errors that the control logged. */
  readonly errors: string[];
  /** What the functions do; replaceable by each test. */
  run: (run: Run) => Promise<Partial<UsageRecord> & { body?: string; errorMessage?: string; log?: string }>;
  /** What comes of a start on trial. */
  tryStart: (target: Target) => ReturnType<TryStart>;
  /** Whether changed functions become Active. */
  preparesFunctions: boolean;
  call(action: string, fields?: unknown, over?: Partial<ApiCall>): Promise<Reply>;
  /** Calls an action of the API gateway, and gives its `Result`, or its reply where it has none. Throws unless it went well. */
  gateway(action: string, fields?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Calls one, and gives the error's code, or "" when it went well. */
  gatewayCode(action: string, fields?: unknown): Promise<string>;
  /** Calls, and throws unless it went well. */
  ok(action: string, fields?: unknown): Promise<Reply>;
  /** Calls, and gives the error's code, or "" when it went well. */
  code(action: string, fields?: unknown): Promise<string>;
  /** Creates an event function, Active when this resolves. */
  deploy(name: string, fields?: Readonly<Record<string, unknown>>): Promise<void>;
}

export async function openControl(settings: Partial<ControlConfig> = {}): Promise<OpenedControl> {
  await using parts = new AsyncDisposableStack();
  const dataDirectory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-control-"));
  parts.defer(() => fs.rm(dataDirectory, { recursive: true, force: true }));
  await fs.chmod(dataDirectory, 0o755); // the database's own user has to reach its directory
  await putPreparedDatabase(dataDirectory);
  const errors: string[] = [];
  const logger: Logger = {
    error: (fields, message) => void errors.push(`${message}: ${String(Object(fields).err?.stack)}`),
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
  };
  const store = parts.use(await openStore({ dataDirectory, logger, clock: systemClock }));
  const control = parts.use(
    createControl({
      store,
      account: store.account,
      config: { region: "ap-guangzhou", baseDomain: "localhost", ...settings },
      invoke: { invoke: async (run) => resultOf(run, await opened.run(run)) },
      readStatus: async () => ({ functions: 0 }),
      runtimes: oneRuntime(),
      tryStart: (target) => opened.tryStart(target),
      logger,
      clock: systemClock,
    }),
  );
  const opened: OpenedControl = {
    control,
    store,
    errors,
    run: async () => ({}),
    tryStart: async () => ({ kind: "started" }),
    preparesFunctions: true,
    async call(action, fields = {}, over = {}) {
      return JSON.parse(await control.call({ ...callOf(action, fields), ...over })).Response;
    },
    async ok(action, fields) {
      return okReply(action, await opened.call(action, fields));
    },
    async gateway(action, fields) {
      const { Result: result, ...reply } = okReply(action, await opened.call(action, fields, apiGateway));
      return result === undefined ? reply : Object(result);
    },
    gatewayCode: async (action, fields) => (await opened.call(action, fields, apiGateway)).Error?.Code ?? "",
    code: async (action, fields) => (await opened.call(action, fields)).Error?.Code ?? "",
    async deploy(name, fields = {}) {
      await opened.ok("CreateFunction", { ...(await eventFunction(name)), ...fields });
      const namespace = fields["Namespace"];
      await waitUntilSettled(store, typeof namespace === "string" ? namespace : "default", name);
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
  parts.use(asAsync(store.changes.subscribe("function", makesActive(opened))));
  const moved = parts.move();
  return opened;
}

const apiGateway = { version: "2018-08-08" };

function okReply(action: string, reply: Reply): Reply {
  if (reply.Error !== undefined) throw new Error(`${action}: ${reply.Error.Code}: ${reply.Error.Message}`);
  return reply;
}

/** One that is being fetched from when it is asked for. */
function oneRuntime(): RuntimeSource {
  let state: "absent" | "fetching" = "absent";
  const known = {
    name: "node18",
    version: "18.20.8",
    origin: "npm",
    problem: "",
    functions: 1,
    runtimes: ["Nodejs12.16"],
  };
  return {
    list: async () => [{ ...known, state }],
    install: async (name) => {
      state = "fetching";
      return name === known.name;
    },
  };
}

function asAsync(disposable: Disposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => disposable[Symbol.dispose]() };
}

function makesActive(opened: OpenedControl): Parameters<Store["changes"]["subscribe"]>[1] {
  const { store } = opened;
  return {
    async changed(id) {
      const functionId = id as FunctionId; // brand: announced as one
      const record = await store.functions.findById(functionId);
      if (record === null || !opened.preparesFunctions) return;
      await store.functions.setStatus(functionId, record.revision, "Active", []);
    },
    resync: async () => undefined,
  };
}

async function waitUntilSettled(store: Store, namespace: string, name: string): Promise<void> {
  const record = await store.functions.find(namespace, name);
  // `announce` waits for the listeners of this process.
  if (record !== null) await store.changes.announce("function", record.functionId);
}

function callOf(action: string, fields: unknown): ApiCall {
  const body: ApiFields =
    fields instanceof Map
      ? { kind: "flat", pairs: fields }
      : { kind: "json", body: Buffer.from(JSON.stringify(fields)) };
  return {
    requestId: newRequestId(),
    trace: continueTrace(null),
    action,
    version: "2018-04-16",
    region: "ap-guangzhou",
    language: "en-US",
    origin: "http://127.0.0.1:4878",
    caller: { kind: "principal", principal: { kind: "account", appId: "1", uin: "1", secretId: "id" } },
    fields: body,
  };
}

function resultOf(run: Run, given: Awaited<ReturnType<OpenedControl["run"]>>): InvocationResult {
  const { body = "null", errorMessage = "", log = "", ...over } = given;
  const record: UsageRecord = {
    requestId: run.requestId,
    functionId: "lam-00000000" as UsageRecord["functionId"], // nobody looks
    namespace: run.target.namespace,
    name: run.target.name,
    version: "$LATEST",
    qualifier: run.target.qualifier,
    form: "event",
    kind: run.kind,
    startedAt: Date.now(),
    durationUs: 1_500,
    queueUs: 0,
    claimUs: 0,
    mountUs: 0,
    initUs: 0,
    thawUs: 0,
    runUs: 1_500,
    memoryMb: 128,
    memoryBytes: 14_000_000,
    status: 200,
    httpStatus: 0,
    bytesIn: 0,
    bytesOut: 0,
    networkBytesOut: 0,
    retry: 0,
    isCold: false,
    ...over,
  };
  return { record, body, errorMessage, log };
}

/** Base64 of a zip with these files; those that begin with `#!` are executable. */
export async function zipOf(files: Readonly<Record<string, string>>): Promise<string> {
  const zip = new yazl.ZipFile();
  for (const [name, text] of Object.entries(files)) {
    const mode = text.startsWith("#!") ? 0o755 : 0o644;
    zip.addBuffer(Buffer.from(text), name, { mode, mtime: new Date(0) });
  }
  const collected = buffer(zip.outputStream);
  zip.end();
  return (await collected).toString("base64");
}

const echoZip = zipOf({ "index.js": "exports.main_handler = async (event) => event;" });

export async function eventFunction(name: string): Promise<Record<string, unknown>> {
  return {
    FunctionName: name,
    Handler: "index.main_handler",
    Runtime: "Nodejs18.15",
    Code: { ZipFile: await echoZip },
  };
}
