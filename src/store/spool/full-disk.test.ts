import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, it, type TestContext } from "node:test";
import { newFunctionId, systemClock } from "../../core/index.ts";
import { append, countsOf, filesIn, linesIn, spoolBeside, stored, textOf, until } from "../spool-under-test.ts";
import {
  fillDisk,
  isMounted,
  KeptLog,
  openFreshStore,
  smallDisk,
  temporaryDirectory,
  usageRecord,
  type StoreUnderTest,
} from "../store-under-test.ts";
import { Reserve, reserveSize, type ReserveSize } from "./reserve.ts";
import { usageLine } from "./usage-line.ts";
import { UsageSpool } from "./usage-spool.ts";

let tested: StoreUnderTest;
before(async () => void (tested = await openFreshStore("embedded")));
after(() => tested[Symbol.asyncDispose]());

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(15_000) });

it("has every record in its reserve before `written` is called while the disk is full, and ships nothing else", async (test) => {
  await using full = await fullDisk(test, "64m", reserveSize);
  if (full === null) return;
  const { spool, directory, logger } = full;
  const functionId = newFunctionId();
  const count = 30_000; // more than one file of the reserve takes
  for (let sent = 0; sent < count; sent += 1_000) {
    const onDisk = Promise.withResolvers<number>();
    spool.append(usageRecord(functionId), () =>
      onDisk.resolve(sent % 10_000 === 0 ? linesIn(directory) : sent + 1_000),
    );
    for (let index = 1; index < 1_000; index++) spool.append(usageRecord(functionId), () => undefined);
    assert.equal(await onDisk.promise, sent + 1_000);
  }
  const errors = (): string[] => logger.lines.flatMap(({ level, message }) => (level === "error" ? [message] : []));
  await until(async () => errors().length > 0);
  assert.match(errors().join("\n"), /^The disk under .+ is full .+ go to their reserve meanwhile\.$/);
  await using asKilledNow = await temporaryDirectory();
  fs.cpSync(directory, asKilledNow.path, { recursive: true });
  await using next = await spoolBeside(tested, asKilledNow.path);
  await next.spool.flush(soon());
  assert.deepEqual(await countsOf(tested, functionId), { all: count, different: count });
  full.letDatabaseAnswer();
  await spool.flush(soon());
  assert.deepEqual(await countsOf(tested, functionId), { all: count, different: count });
  full.makeRoom();
  await until(async () => logger.lines.some(({ message }) => message.includes("reserve for usage records is whole")));
});

it("fills its reserve with nothing that could be read as a line, whatever is written over its beginning", async () => {
  await using directory = await temporaryDirectory();
  const size = { files: 1, fileBytes: 1024 * 1024 };
  await using reserve = new Reserve({ directory: directory.path, logger: new KeptLog(), size });
  await until(async () => reserve.bytes === size.fileBytes);
  const file = path.join(directory.path, "killed.usage");
  const reserved = reserve.take(file);
  assert.equal(reserve.take(file), null);
  fs.writeSync(reserved?.descriptor ?? -1, "a line\nhalf a li");
  fs.closeSync(reserved?.descriptor ?? -1);
  assert.equal(fs.statSync(file).size, size.fileBytes);
  assert.equal(linesIn(directory.path), 1);
  assert.equal(textOf(directory.path), "a line\n");
});

it("keeps records in memory when the reserve is used up, and says how many a stop loses", async (test) => {
  await using full = await fullDisk(test, "40m", { files: 1, fileBytes: 4_096 });
  if (full === null) return;
  const { spool, directory, logger } = full;
  for (let count = 0; count < 100; count++) await append(spool, usageRecord(newFunctionId()));
  const kept = linesIn(directory);
  assert.ok(kept > 10 && kept < 30, `4 KiB hold ${kept} records`);
  await until(async () => logger.lines.some(({ message }) => message.includes("wait in memory; they would be lost")));
  await spool[Symbol.asyncDispose]();
  assert.ok(logger.lines.some(({ message }) => message.startsWith(`${100 - kept} usage records are lost`)));
});

it("cuts the reserve off where a filesystem wants new blocks even for what is written in place", async () => {
  const directory = path.join(tested.dataDirectory, "copying-spool");
  const reserve = { files: 2, fileBytes: 4_096 };
  const held = (): number => filesIn(directory).filter((file) => fs.statSync(file).size === reserve.fileBytes).length;
  const write = (descriptor: number, data: Buffer): number => {
    if (held() === reserve.files) throw new Error("ENOSPC: no space left on device, write");
    return fs.writeSync(descriptor, data);
  };
  await using other = await spoolBeside(tested, directory, { append: write, reserve });
  await until(async () => other.spool.reservedBytes === reserve.files * reserve.fileBytes);
  const record = usageRecord(newFunctionId());
  other.spool.append(record, () => assert.equal(textOf(directory), usageLine(record)));
  await other.spool.flush(soon());
  assert.deepEqual(await stored(tested, [record]), [record.requestId]);
});

it("goes on when the disk is full: records wait in memory, and reach the database once there is room", async () => {
  const logger = new KeptLog();
  const disk = { room: 30 };
  const write = (descriptor: number, data: Buffer): number => {
    if (disk.room <= 0) throw new Error("ENOSPC: no space left on device, write");
    const taken = Buffer.from(data).subarray(0, disk.room);
    disk.room -= taken.length;
    return fs.writeSync(descriptor, taken);
  };
  await using other = await spoolBeside(tested, undefined, {
    append: write,
    logger,
    reserve: { files: 0, fileBytes: 0 },
  });
  const records = Array.from({ length: 3 }, () => usageRecord(newFunctionId()));
  for (const record of records) await append(other.spool, record); // the first one is torn by the end of the disk
  await assert.rejects(other.spool.flush(soon()), { code: "StoreUnavailable" });
  await until(async () => logger.lines.some(({ message }) => /is full.*wait in memory/.test(message)));
  assert.equal(logger.lines.filter(({ level }) => level === "error").length, 1);
  disk.room = Number.MAX_SAFE_INTEGER;
  await other.spool.flush(soon());
  assert.deepEqual(
    await stored(tested, records),
    records.map(({ requestId }) => requestId),
  );
  assert.equal(other.spool.dropped, 0);
});

interface FullDisk extends AsyncDisposable {
  readonly spool: UsageSpool;
  readonly directory: string;
  readonly logger: KeptLog;
  letDatabaseAnswer(): void;
  makeRoom(): void;
}

/** A spool with its reserve on a disk that became full after that, and whose database is away; null where that cannot be had. */
async function fullDisk(test: TestContext, size: string, reserve: ReserveSize): Promise<FullDisk | null> {
  const parts = new AsyncDisposableStack();
  const disk = parts.use(await temporaryDirectory()).path;
  const away = path.join(parts.use(await temporaryDirectory()).path, "socket");
  parts.use(await smallDisk(disk, size, test));
  if (!isMounted(disk)) {
    await parts.disposeAsync();
    return null;
  }
  const logger = new KeptLog();
  const directory = path.join(disk, "spool");
  const connection = { kind: "socket", host: away, user: "gust", database: "postgres" } as const;
  const spool = parts.use(new UsageSpool({ directory, connection, clock: systemClock, logger, reserve }));
  await until(async () => spool.reservedBytes === reserve.files * reserve.fileBytes);
  const filler = fillDisk(disk);
  return {
    spool,
    directory,
    logger,
    letDatabaseAnswer: () => fs.symlinkSync(path.join(tested.dataDirectory, "postgres"), away),
    makeRoom: () => filler[Symbol.dispose](),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
