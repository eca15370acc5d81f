import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { clientOf } from "../deployed-function.ts";
import { withDescendants } from "../performance/processes.ts";
import type { RunningServer } from "../running-server.ts";

// What has to be so after a fault, looked at from outside.

/** For what nobody announces: looks again and again, for at most half a minute. */
export async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await once(AbortSignal.timeout(20), "abort");
  }
}

/** Request ids of the recorded calls of a function. */
async function recordsOf(server: RunningServer, name: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (let offset = 0; ; offset += 1_000) {
    const fields = { FunctionName: name, Offset: offset, Limit: 1_000 };
    const { Data: data } = await clientOf(server).call("GetFunctionLogs", fields);
    const rows = data as { RequestId: string }[]; // wire type of GetFunctionLogs
    for (const row of rows) found.add(row.RequestId);
    if (rows.length < 1_000 || offset >= 8_000) return found;
  }
}

export async function assertRecorded(server: RunningServer, name: string, ids: readonly string[]): Promise<void> {
  const records = await recordsOf(server, name);
  assert.deepEqual(
    ids.filter((id) => !records.has(id)),
    [],
    `calls of ${name} without a record`,
  );
}

/** Every accepted event has run, and its run is recorded. */
export async function untilAllRan(server: RunningServer, name: string, ids: readonly string[]): Promise<void> {
  await until(`${ids.length} events of ${name} have run`, async () => {
    const records = await recordsOf(server, name);
    return ids.every((id) => records.has(id));
  });
}

/** Processes that carry the installation's directory, or its name in containers, on their command line or in their environment. */
async function processesOf(dataDirectory: string): Promise<string[]> {
  const run = path.join(await fs.realpath(dataDirectory), "run");
  const installation = createHash("sha256").update(run).digest("hex").slice(0, 16);
  const found: string[] = [];
  for (const pid of (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const text = await Promise.all(
      ["environ", "cmdline"].map((file) => fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")), // ended meanwhile
    );
    const marks = [dataDirectory, `GUST_INSTALLATION=${installation}`];
    if (marks.some((mark) => text.join("\0").includes(mark))) found.push(`${pid} ${text[1]?.replaceAll("\0", " ")}`);
  }
  return found;
}

/** No process from before is left while the server runs; none at all, no socket and no temporary directory when it has stopped. */
export async function assertNothingLeft(server: RunningServer): Promise<void> {
  const { dataDirectory } = server;
  let strangers: string[] = [];
  // Processes come and go between two looks: only one from before is a stranger in all of them.
  await until("no process is left from before", async () => {
    const found = await processesOf(dataDirectory);
    const mine = new Set(withDescendants(server.pid));
    strangers = found.filter((line) => !mine.has(Number(line.split(" ")[0])));
    return strangers.length === 0;
  }).catch((cause: unknown) => assert.fail(`${String(cause)}: ${strangers.join("; ")}`));
  await server.stop();
  assert.deepEqual(await processesOf(dataDirectory), [], "processes after the stop");
  const run = await fs.readdir(path.join(dataDirectory, "run"), { recursive: true });
  assert.deepEqual(
    run.filter((name) => name !== "boxes"),
    [],
    "files of running servers and boxes",
  );
  const sockets = (await fs.readdir(path.join(dataDirectory, "postgres"))).filter((name) => name.startsWith(".s."));
  assert.deepEqual(sockets, [], "sockets of the database");
}

/** Kept zips by their hashes, and anything half-made beside packages and their trees. */
export async function packagesOf(dataDirectory: string): Promise<{ kept: string[]; halfMade: string[] }> {
  const zips = await fs.readdir(path.join(dataDirectory, "artifacts"), { recursive: true });
  const trees = await fs.readdir(path.join(dataDirectory, "code"));
  const kept = zips.filter((name) => name.endsWith(".zip")).map((name) => path.basename(name, ".zip"));
  const halfMade = [
    ...zips.filter((name) => name.startsWith(`partial${path.sep}`)),
    ...trees.filter((name) => name !== ".boot" && !/^[0-9a-f]{64}$/.test(name)),
  ];
  return { kept: kept.toSorted(), halfMade };
}
