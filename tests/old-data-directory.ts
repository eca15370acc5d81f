import { Client } from "pg";
import { newFunctionId, newRequestId, type Sha256 } from "../src/core/index.ts";
import { openArtifacts } from "../src/store/artifacts/open-artifacts.ts";
import { migrate, readMigrations } from "../src/store/database/migrate.ts";
import { startEmbeddedServer } from "../src/store/postgres/index.ts";
import { zipOf, type PackageFiles } from "./deployed-function.ts";
import { putPreparedDatabase } from "./prepared-database.ts";

/** What is in a data directory as a server with schema 3 left it, in words of the API. */
export interface OldInstallation {
  readonly secretId: string;
  /** The id of an event that nobody has delivered yet, of one that ended, and of a call with a record and a log. */
  readonly waiting: string;
  readonly ended: string;
  readonly recorded: string;
}

const lastMigration = 3;
const logger = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
const signal = AbortSignal.timeout(60_000);

/** Makes one in an empty directory: rows in every table, as that version wrote them, and the packages that they name. */
export async function writeOldInstallation(dataDirectory: string): Promise<OldInstallation> {
  const code = await keepPackages(dataDirectory);
  await putPreparedDatabase(dataDirectory);
  await using server = await startEmbeddedServer({ dataDirectory, logger }, { signal });
  const place = { name: "of a test", isDiskFull: async () => false, describeFullDisk: async () => "full" };
  await migrate({ kind: "socket", ...server.connection }, place, (await readMigrations()).slice(0, lastMigration));
  await using client = Object.assign(new Client(server.connection), { [Symbol.asyncDispose]: () => client.end() });
  await client.connect();
  await client.query("set search_path = gust");
  const old = await writeRows(client, code);
  await checkTables(client);
  return old;
}

type KeptPackage = { readonly sha256: Sha256; readonly size: number };
type Kept = Readonly<Record<"first" | "second" | "layer" | "broken", KeptPackage>>;

const says = (text: string): PackageFiles => ({
  "index.js": `exports.main_handler = async (event) => ({ said: ${text}, name: process.env.NAME, event });`,
});

async function keepPackages(directory: string): Promise<Kept> {
  await using artifacts = await openArtifacts({ directory, logger });
  const keep = async (files: PackageFiles): Promise<KeptPackage> => {
    const put = await artifacts.put(Buffer.from(await zipOf(files), "base64"), { signal });
    if (put.kind === "refused") throw new Error(put.problem.message);
    await using hold = put.hold;
    hold.markUsed();
    return put;
  };
  return {
    first: await keep(says('"first"')),
    second: await keep(says('require("words")')),
    layer: await keep({ "node_modules/words/index.js": 'module.exports = "of the layer";' }),
    broken: await keep({ "index.js": 'throw new Error("never loads");' }),
  };
}

async function writeRows(client: Client, code: Kept): Promise<OldInstallation> {
  const insert: Insert = async (table, row) => {
    const names = Object.keys(row);
    const places = names.map((_, index) => `$${index + 1}`);
    await client.query(`insert into ${table} (${names.join(", ")}) values (${places.join(", ")})`, Object.values(row));
  };
  const now = Date.now();
  const secretId = `AKID${"a".repeat(32)}`;
  const account = { app_id: "1250000001", uin: "100000000001", secret_id: secretId, secret_key: "k".repeat(32) };
  await insert("account", account);
  const times = { add_time: now - 5_000, mod_time: now - 4_000 };
  for (const name of ["default", "other"]) await insert("namespaces", { name, description: "", ...times });
  await writeLayer(insert, code.layer, now);
  const hello = await writeHello(insert, code, times);
  const failing = await writeFailing(insert, code.broken, times);
  // As the statement of an update wrote it.
  await client.query(
    `update functions set served = json_build_object('revision', 'r1', 'spec', spec, 'code_sha256', $2::text, 'code_size', $3::bigint)
    where function_id = $1`,
    [failing, code.first.sha256, code.first.size],
  );
  return { secretId, ...(await writeCalls(insert, hello, now)) };
}

type Insert = (table: string, row: Readonly<Record<string, unknown>>) => Promise<void>;
type Times = Readonly<Record<"add_time" | "mod_time", number>>;

async function writeLayer(insert: Insert, { sha256, size }: KeptPackage, now: number): Promise<void> {
  await insert("layers", { name: "words", last_version: 1 });
  await insert("layer_versions", {
    name: "words",
    number: 1,
    description: "of before",
    license: "",
    compatible_runtimes: ["Nodejs26"],
    tags: "[]",
    add_time: now,
    code_sha256: sha256,
    code_size: size,
    unpacked_bytes: 64,
  });
}

/** With a layer in what it is now, a version of before, and an alias that leads there. */
async function writeHello(insert: Insert, { first, second, layer }: Kept, times: Times): Promise<string> {
  const id = newFunctionId();
  const use = { name: "words", version: 1, sha256: layer.sha256, unpackedBytes: 64 };
  const layered = { spec: JSON.stringify({ ...spec, layers: [use] }), layer_sha256s: [layer.sha256] };
  const latest = { ...columns("r3", second), ...layered, last_version: 1 };
  await insert("functions", { function_id: id, name: "hello", ...functionRow, ...times, ...latest });
  const frozen = { ...columns("r1", first), spec: JSON.stringify(spec), description: "the first", status: "Active" };
  await insert("versions", { function_id: id, number: 1, ...times, ...frozen });
  const route = { description: "", weighted: "[]", matched: "[]", ...times };
  await insert("aliases", { function_id: id, name: "$DEFAULT", version: "$LATEST", ...route });
  await insert("aliases", { function_id: id, name: "live", version: "1", ...route });
  return id;
}

async function writeFailing(insert: Insert, broken: KeptPackage, times: Times): Promise<string> {
  const id = newFunctionId();
  const failure = JSON.stringify([{ errorCode: "InitFailed", errorMessage: "never loads" }]);
  const latest = { ...columns("r2", broken), spec: JSON.stringify(spec), last_version: 0 };
  const state = { status: "UpdateFailed", status_reasons: failure };
  await insert("functions", { function_id: id, name: "failing", ...functionRow, ...times, ...latest, ...state });
  const route = { description: "", weighted: "[]", matched: "[]", ...times };
  await insert("aliases", { function_id: id, name: "$DEFAULT", version: "$LATEST", ...route });
  return id;
}

const functionRow = {
  namespace: "default",
  status: "Active",
  status_reasons: "[]",
  domain_label: "",
  description: "",
  runtime: "Nodejs26",
  type: "Event",
  tags: "[]",
};

async function writeCalls(
  insert: Insert,
  hello: string,
  now: number,
): Promise<Pick<OldInstallation, "waiting" | "ended" | "recorded">> {
  const [waiting, ended, recorded] = [newRequestId(), newRequestId(), newRequestId()];
  const target = { function_id: hello, namespace: "default", name: "hello" };
  await insert("events", {
    request_id: waiting,
    ...target,
    qualifier: "live",
    payload: '{"asked":"before"}',
    source: "TRIGGER_API",
    accepted_at: now,
    expires_at: now + 3_600_000,
    max_retries: 2,
    due_at: now,
  });
  await insert("event_outcomes", {
    request_id: ended,
    function_id: hello,
    kind: "dead",
    status: 430,
    message: "of before",
    retry: 2,
    accepted_at: now - 1_000,
    ended_at: now,
  });
  const zeros = Object.fromEntries(
    ["queue_us", "claim_us", "init_us", "http_status", "bytes_in", "bytes_out", "retry"].map((name) => [name, 0]),
  );
  await insert("usage", {
    request_id: recorded,
    ...target,
    version: "1",
    qualifier: "live",
    form: "event",
    kind: "sync",
    started_at: now - 2_000,
    duration_us: 2_500,
    run_us: 2_500,
    memory_mb: 128,
    memory_bytes: 1_000_000,
    status: 200,
    is_cold: false,
    ...zeros,
  });
  await insert("spool_segments", { segment_id: "of-before", rows: 1, shipped_at: now });
  const line = JSON.stringify([{ at: now - 2_000, stream: "stdout", text: "printed before" }]);
  await insert("logs", {
    function_id: hello,
    request_id: recorded,
    version: "1",
    at: now - 2_000,
    lines: line,
    dropped_lines: 0,
    return_message: '"before"',
  });
  return { waiting, ended, recorded };
}

/** What version 3 wrote into every specification. */
const spec = {
  type: "Event",
  form: "event",
  handler: "index.main_handler",
  runtime: "Nodejs26",
  description: "",
  memoryMb: 128,
  timeoutS: 3,
  initTimeoutS: 65,
  environment: [{ key: "NAME", value: "of before" }],
  role: "",
  layers: [],
  concurrencyPerInstance: 1,
  webSocketIdleS: null,
  kept: {},
} as const;

function columns(revision: string, { sha256, size }: KeptPackage): Readonly<Record<string, unknown>> {
  return { revision, code_sha256: sha256, code_size: size };
}

/** A table that this file forgets is one whose rows no test has seen migrated. */
async function checkTables(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'gust'::regnamespace and relkind in ('r', 'p') and not relispartition",
  );
  for (const { name } of rows) {
    const found = await client.query(`select from ${name} limit 1`);
    if (found.rowCount === 0) throw new Error(`the old installation has no row in ${name}`);
  }
}
