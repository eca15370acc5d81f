import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, it } from "node:test";
import { newFunctionId, systemClock } from "../../core/index.ts";
import { openStore } from "../open-store.ts";
import { append, segmentsIn, spoolBeside, stored, storedIds, textOf, until } from "../spool-under-test.ts";
import { KeptLog, openFreshStore, temporaryDirectory, usageRecord, type StoreUnderTest } from "../store-under-test.ts";
import { usageLine } from "./usage-line.ts";
import { UsageSpool } from "./usage-spool.ts";

let tested: StoreUnderTest;
before(async () => void (tested = await openFreshStore("embedded")));
after(() => tested[Symbol.asyncDispose]());

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(15_000) });

it("calls `written` in the same turn of the loop, with the record on disk", async () => {
  await using other = await spoolBeside(tested);
  const record = usageRecord(newFunctionId());
  const events: string[] = [];
  const turnOver = new Promise<void>((resolve) =>
    setImmediate(() => {
      events.push("turn over");
      resolve();
    }),
  );
  other.spool.append(record, () => events.push(textOf(other.directory)));
  await turnOver;
  assert.deepEqual(events, [usageLine(record), "turn over"]);
});

it("brings a lone record to the database within 200 ms of rest", async () => {
  const { store } = tested;
  await append(store.records, usageRecord(newFunctionId()));
  await store.records.flush(soon()); // the thread that ships has started
  const record = usageRecord(newFunctionId());
  const startedAt = performance.now();
  await append(store.records, record);
  await until(async () => store.records.backlog === 0);
  assert.ok(performance.now() - startedAt < 400, "twice the promise, for a busy machine");
  assert.equal((await store.records.find(record.requestId))?.requestId, record.requestId);
});

it("loses nothing that was written, and stores nothing twice, when the process is killed at any moment", async () => {
  await using directory = await temporaryDirectory();
  const written: string[] = [];
  for (const count of [1, 300, 2_000]) written.push(...(await writeThenDie(directory.path, count)));
  await using store = await openStore({ dataDirectory: directory.path, logger: new KeptLog(), clock: systemClock });
  await store.records.flush(soon());
  const all = await storedIds(path.join(directory.path, "postgres"));
  const known = new Set(all);
  assert.equal(known.size, all.length);
  assert.deepEqual(
    written.filter((id) => !known.has(id)),
    [],
  );
});

it("drops only the torn last line of a killed process's segment, and stores a segment once", async () => {
  const directory = path.join(tested.dataDirectory, "left-spool");
  fs.mkdirSync(directory);
  const whole = usageRecord(newFunctionId());
  const torn = usageRecord(newFunctionId());
  const segment = `${usageLine(whole)}${usageLine(torn).slice(0, -1)}`;
  for (const _ of ["first time", "its file came back after a crash between commit and removal"]) {
    fs.writeFileSync(path.join(directory, "000000000000001-leftleftleft.usage"), segment);
    await using other = await spoolBeside(tested, directory);
    await other.spool.flush(soon());
  }
  assert.deepEqual(await stored(tested, [whole, torn]), [whole.requestId]);
  assert.deepEqual(segmentsIn(directory), []);
});

it("stores what an earlier version left, whose lines have fewer columns", async () => {
  const directory = path.join(tested.dataDirectory, "older-spool");
  fs.mkdirSync(directory);
  const old = usageRecord(newFunctionId(), { isCold: true, mountUs: 7, thawUs: 8 });
  const columnsThen = 22;
  const line = `${usageLine(old).split("\t").slice(0, columnsThen).join("\t")}\n`;
  fs.writeFileSync(path.join(directory, "000000000000002-olderolderol.usage"), line);
  await using other = await spoolBeside(tested, directory);
  await other.spool.flush(soon());
  const found = await tested.store.records.find(old.requestId);
  assert.deepEqual([found?.runUs, found?.isCold, found?.mountUs, found?.thawUs], [old.runUs, true, 0, 0]);
});

it("keeps records on disk while the database is away, and brings them when it is back", async () => {
  const logger = new KeptLog();
  await using directory = await temporaryDirectory();
  const home = path.join(tested.dataDirectory, "postgres");
  const away = path.join(directory.path, "socket");
  const connection = { kind: "socket", host: away, user: "gust", database: "postgres" } as const;
  const spoolDirectory = path.join(directory.path, "spool");
  await using spool = new UsageSpool({ directory: spoolDirectory, connection, clock: systemClock, logger });
  const record = usageRecord(newFunctionId());
  await append(spool, record);
  await until(async () => logger.lines.some(({ message }) => message.includes("wait on disk")));
  assert.equal(spool.backlog, 1);
  fs.symlinkSync(home, away);
  await spool.flush(soon());
  assert.equal(spool.backlog, 0);
  assert.deepEqual(await stored(tested, [record]), [record.requestId]);
});

it("puts a segment aside that the database will never take, and goes on with the next", async () => {
  const logger = new KeptLog();
  const directory = path.join(tested.dataDirectory, "bad-spool");
  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, "000000000000001-badbadbadbad.usage"), "not a record\n");
  await using other = await spoolBeside(tested, directory, { logger });
  const record = usageRecord(newFunctionId());
  await append(other.spool, record);
  await other.spool.flush(soon());
  assert.deepEqual(await stored(tested, [record]), [record.requestId]);
  assert.deepEqual(fs.readdirSync(path.join(directory, "refused")), ["000000000000001-badbadbadbad.usage"]);
  assert.ok(logger.lines.some(({ level }) => level === "error"));
});

/** Runs a process that writes records until it has said `count`, and kills it; answers the ids it said were written. */
async function writeThenDie(dataDirectory: string, count: number): Promise<string[]> {
  const script = path.join(import.meta.dirname, "..", "crash-under-test.ts");
  const child = spawn(process.execPath, [...process.execArgv, script, dataDirectory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const written: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    written.push(line);
    if (written.length === count) child.kill("SIGKILL");
  }
  await ended;
  return written.filter((id) => id.length === 36);
}
