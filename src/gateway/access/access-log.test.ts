import assert from "node:assert/strict";
import { readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { continueTrace, systemClock } from "../../core/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import { silentLogger, startGateway } from "../testing/started-gateway.ts";
import { AccessLog } from "./access-log.ts";

test("writes a line per exchange, without the query and without keys in the platform's own addresses", async () => {
  await using started = await startGateway({ config: { accessLog: "json" } });
  const trace = "12345678901234567890123456789012";
  const response = await fetch(`${started.url}/~default/hello/a?token=secret`, {
    method: "POST",
    body: "abc",
    headers: { traceparent: `00-${trace}-1234567890123456-01` },
  });
  await response.text();
  await (await fetch(`${started.url}/nope`)).text();
  for (const own of ["credentials/secret", "code/secret/secret?secret"]) {
    await (await fetch(`${started.url}/-/${own}`)).text();
  }
  await started.gateway[Symbol.asyncDispose]();
  const text = await readFile(path.join(started.dataDirectory, "log", "access.log"), "utf8");
  const [first, second, third, fourth] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(first?.["path"], "/~default/hello/a");
  assert.equal(first?.["function"], "default/hello");
  assert.equal(first?.["requestId"], response.headers.get("x-scf-request-id"));
  assert.equal(first?.["status"], 200);
  assert.equal(first?.["parentSpanId"], "1234567890123456");
  assert.match(String(first?.["traceparent"]), new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  assert.match(String(second?.["traceparent"]), /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/);
  assert.equal(first?.["bytesIn"], 3);
  assert.equal(second?.["scfStatus"], 404);
  assert.deepEqual([third?.["path"], fourth?.["path"]], ["/-/credentials/", "/-/code/"]);
  assert.doesNotMatch(text, /secret/);
});

/** As much of an exchange as a line shows. */
const exchange = exchangeOf(1);

function exchangeOf(durationMs: number): Exchange {
  const shown = {
    requestId: "r",
    trace: continueTrace(null),
    connection: { peer: { address: "127.0.0.1", isTls: false } },
    request: { method: "GET", url: "/" },
    head: { authority: "h" },
    kind: "platform",
    route: null,
    api: null,
    httpStatus: 200,
    scfStatus: 0,
    bytesIn: 0,
    bytesOut: 0,
    durationMs,
  };
  return shown as unknown as Exchange; // a socket behind it would add nothing here
}

test("drops and counts what comes faster than it is written", async () => {
  await using started = await startGateway();
  const directory = path.join(started.dataDirectory, "log");
  const log = new AccessLog({ directory, format: "json", clock: systemClock, logger: silentLogger });
  log.record(Array.from({ length: 10_000 }, () => exchange));
  assert.equal(log.dropped, 10_000 - 8_192);
  await log[Symbol.asyncDispose]();
  const lines = (await readFile(path.join(directory, "access.log"), "utf8")).trim().split("\n");
  assert.equal(lines.length, 8_193);
  assert.match(lines.at(-1) ?? "", /"dropped":1808/);
});

test("turns the file over when it is large", async () => {
  await using started = await startGateway();
  const directory = path.join(started.dataDirectory, "log");
  for (let i = 0; i < 3; i++) {
    const log = new AccessLog({ directory, format: "json", clock: systemClock, logger: silentLogger, maxBytes: 10 });
    log.record([exchangeOf(i + 0.02)]);
    await log[Symbol.asyncDispose]();
  }
  assert.match(await readFile(path.join(directory, "access.log"), "utf8"), /"ms":2\.020/);
  assert.match(await readFile(path.join(directory, "access.log.1"), "utf8"), /"ms":1\.020/);
});

test("goes on in a new file when somebody moved or removed the one it writes", async () => {
  await using started = await startGateway();
  const directory = path.join(started.dataDirectory, "log");
  const file = path.join(directory, "access.log");
  await using log = new AccessLog({ directory, format: "json", clock: systemClock, logger: silentLogger });
  const write = async (durationMs: number): Promise<void> => {
    log.record([exchangeOf(durationMs)]);
    await log.flush();
  };
  await write(1);
  await rename(file, `${file}-yesterday`);
  await write(2);
  await rm(file);
  await write(3);
  await write(4);
  assert.match(await readFile(`${file}-yesterday`, "utf8"), /^.*"ms":1\.000.*\n$/);
  assert.match(await readFile(file, "utf8"), /^.*"ms":3\.000.*\n.*"ms":4\.000.*\n$/);
});
