import fs from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { clientConfig } from "../database/connection.ts";
import { isAway } from "../database/unavailable.ts";
import { wholeLines, type Segment } from "./segments.ts";
import type { ShipperSettings, ShipReply, ShipRequest } from "./shipping.ts";
import { columnsOf } from "./usage-line.ts";

// Thread that brings segments to the database, one at a time, each in one transaction with the row
// that says so: whatever is killed, a segment is in the table once or still on disk.

const idleDisconnectMs = 10_000;
const { connection } = workerData as ShipperSettings; // given by usage-spool.ts
let client: Client | null = null;
let idle: NodeJS.Timeout | null = null;

parentPort?.on("message", ({ segment }: ShipRequest) => {
  void ship(segment).then(answer);
});

function answer(reply: ShipReply): void {
  parentPort?.postMessage(reply); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, not a window
}

/** Never rejects. */
async function ship(segment: Segment): Promise<ShipReply> {
  const startedAt = performance.now();
  if (idle) clearTimeout(idle);
  try {
    const records = await store(segment);
    await fs.rm(segment.file, { force: true });
    return { kind: "shipped", id: segment.id, records, tookMs: performance.now() - startedAt };
  } catch (error) {
    await disconnect();
    const message = error instanceof Error ? error.message : String(error);
    if (!isRefusal(error)) return { kind: "failed", id: segment.id, message };
    return await putAside(segment, message);
  } finally {
    idle = setTimeout(() => void disconnect(), idleDisconnectMs).unref();
  }
}

async function store(segment: Segment): Promise<number> {
  const lines = wholeLines(await fs.readFile(segment.file));
  const connected = (client ??= await connect());
  await connected.query("begin");
  const { rowCount } = await connected.query(
    `insert into gust.spool_segments (segment_id, rows, shipped_at)
     values ($1, $2, extract(epoch from now()) * 1000) on conflict do nothing`,
    [segment.id, segment.records],
  );
  const isNew = rowCount === 1;
  if (isNew && lines.length > 0) {
    const copy = connected.query(copyFrom(`copy gust.usage (${columnsOf(lines).join(", ")}) from stdin`));
    await pipeline(Readable.from(pieces(lines)), copy);
  }
  await connected.query("commit");
  return segment.records;
}

const pieceBytes = 64 * 1024;

function* pieces(lines: Buffer): Generator<Buffer> {
  for (let at = 0; at < lines.length; at += pieceBytes) yield lines.subarray(at, at + pieceBytes);
}

async function connect(): Promise<Client> {
  const made = new Client(clientConfig(connection, "gust usage"));
  made.on("error", () => {
    if (client === made) client = null;
  });
  await made.connect();
  return made;
}

async function disconnect(): Promise<void> {
  const ended = client;
  client = null;
  await ended?.end().catch(() => undefined); // broken already: nothing to end
}

/** The database answered, and it is the content that it does not take: trying again would block all that follows. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || isAway(error) || !("code" in error)) return false;
  return String(error.code).startsWith("22");
}

async function putAside(segment: Segment, message: string): Promise<ShipReply> {
  const directory = path.join(path.dirname(segment.file), "refused");
  const movedTo = path.join(directory, path.basename(segment.file));
  try {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
    await fs.rename(segment.file, movedTo);
  } catch {
    return { kind: "failed", id: segment.id, message };
  }
  return { kind: "refused", id: segment.id, message, movedTo };
}
