import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import {
  newFunctionId,
  newRequestId,
  systemClock,
  type Clock,
  type FunctionId,
  type FunctionSpec,
} from "../core/index.ts";
import type { Logger, Sha256, UsageRecord } from "../core/index.ts";
import { putPreparedDatabase } from "../../tests/prepared-database.ts";
import { startNetworkServer } from "./network-server-under-test.ts";
import { openStore } from "./open-store.ts";
import type { NewFunction, QueuedEvent, Store } from "./store.ts";

const run = promisify(execFile);

// What the tests of this room share: real databases in directories of their own, and plausible rows.

/** A directory that is removed again; the embedded server's user may enter it. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-store-"));
  await fs.chmod(directory, 0o755);
  return { path: directory, [Symbol.asyncDispose]: () => fs.rm(directory, { recursive: true, force: true }) };
}

/** Makes `directory` a file system of its own, so that it can be full; the test is skipped where that is not allowed. */
export async function smallDisk(directory: string, size: string, test: TestContext): Promise<AsyncDisposable> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", directory]);
  } catch {
    test.skip("this machine does not let us mount a small disk");
    return { [Symbol.asyncDispose]: async () => undefined };
  }
  return { [Symbol.asyncDispose]: async () => void (await run("umount", [directory])) };
}

/** It may not be, where the test was skipped. */
export function isMounted(directory: string): boolean {
  return statSync(directory).dev !== statSync(path.dirname(directory)).dev;
}

/** Takes the last byte that a small disk has, until this is disposed of. */
export function fillDisk(directory: string): Disposable {
  assert.ok(isMounted(directory), "the machine's own disk stays as it is");
  const filler = path.join(directory, "filler");
  const descriptor = openSync(filler, "w");
  try {
    for (const piece of [1024 * 1024, 1]) {
      assert.throws(() => {
        for (;;) writeSync(descriptor, Buffer.alloc(piece));
      }, /ENOSPC/);
    }
  } finally {
    closeSync(descriptor);
  }
  return { [Symbol.dispose]: () => rmSync(filler) };
}

/** Keeps what was logged, for tests that look at it. */
export class KeptLog implements Logger {
  readonly lines: { readonly level: string; readonly message: string }[] = [];
  error(_fields: object, message: string): void {
    this.lines.push({ level: "error", message });
  }
  warn(_fields: object, message: string): void {
    this.lines.push({ level: "warn", message });
  }
  info(_fields: object, message: string): void {
    this.lines.push({ level: "info", message });
  }
  debug(): void {}
}

/** The two kinds of database that every promise of the store holds for. */
export const databaseKinds = ["embedded", "DATABASE_URL"] as const;

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  /** Reaches the same database from another process. */
  readonly url: string;
  readonly dataDirectory: string;
}

/** A store on a fresh database of one kind; for `DATABASE_URL` a server that somebody else runs: over TCP, with a password. */
export async function openFreshStore(
  kind: (typeof databaseKinds)[number],
  options: { readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<StoreUnderTest> {
  const parts = new AsyncDisposableStack();
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? new KeptLog();
  const dataDirectory = parts.use(await temporaryDirectory()).path;
  const network = kind === "DATABASE_URL" ? parts.use(await startNetworkServer()) : null;
  if (network === null) await putPreparedDatabase(dataDirectory);
  const url = network?.url ?? socketUrl(path.join(dataDirectory, "postgres"));
  const databaseUrl = network === null ? {} : { databaseUrl: network.url };
  const store = parts.use(await openStore({ dataDirectory, ...databaseUrl, logger, clock }));
  return { store, url, dataDirectory, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** URL of a server that listens on a Unix socket in `directory`. */
function socketUrl(directory: string): string {
  return `postgres://gust@/postgres?host=${encodeURIComponent(directory)}`;
}

export const eventSpec: FunctionSpec = {
  type: "Event",
  form: "event",
  handler: "index.main_handler",
  runtime: "Nodejs20.19",
  description: "",
  memoryMb: 128,
  timeoutS: 3,
  initTimeoutS: 65,
  environment: [],
  role: "",
  concurrencyPerInstance: 1,
  webSocketIdleS: null,
  layers: [],
  kept: {},
};

/** A function as CreateFunction would write it. */
export function newFunction(name: string, change: Partial<NewFunction> = {}): NewFunction {
  return {
    functionId: newFunctionId(),
    namespace: "default",
    name,
    domainLabel: "",
    spec: eventSpec,
    codeSha256: "0".repeat(64) as Sha256, // brand: plausible
    codeSize: 1_000,
    ...change,
  };
}

/** The record of a call that went well. */
export function usageRecord(functionId: FunctionId, change: Partial<UsageRecord> = {}): UsageRecord {
  return {
    requestId: newRequestId(),
    functionId,
    namespace: "default",
    name: "hello",
    version: "$LATEST",
    qualifier: "$DEFAULT",
    form: "event",
    kind: "sync",
    startedAt: Date.now(),
    durationUs: 1_234,
    queueUs: 5,
    claimUs: 0,
    mountUs: 0,
    initUs: 0,
    thawUs: 0,
    runUs: 1_200,
    memoryMb: 128,
    memoryBytes: 40_000_000,
    status: 200,
    httpStatus: 0,
    bytesIn: 10,
    bytesOut: 20,
    networkBytesOut: 0,
    retry: 0,
    isCold: false,
    ...change,
  };
}

/** An event that is due at once. */
export function newEvent(functionId: FunctionId, now: number): Omit<QueuedEvent, "retry"> {
  return {
    requestId: newRequestId(),
    functionId,
    namespace: "default",
    name: "hello",
    qualifier: "$DEFAULT",
    payload: '{"key":"value"}',
    variables: { TRIGGER_SRC: "timer", TRACEPARENT: "00-1-2-01" },
    routingKey: null,
    acceptedAt: now,
    expiresAt: now + 60_000,
    maxRetries: 2,
  };
}
