import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { installPackages } from "../../../tests/python-packages.ts";
import { startGateway } from "../testing/started-gateway.ts";

/** Prints what the parser of the `apachelogs` package makes of each line of a file. */
const reader = `
import json, sys
from apachelogs import LogParser, COMBINED
with open(sys.argv[1], encoding="latin-1") as file:
    for entry in LogParser(COMBINED).parse_lines(file):
        print(json.dumps([entry.remote_host, entry.remote_user, entry.request_line, entry.final_status, entry.bytes_sent,
                          entry.headers_in["Referer"], entry.headers_in["User-Agent"], entry.request_time.timestamp()]))
`;

/** What a log's analyser reads of each line. */
async function readBack(file: string): Promise<unknown[][]> {
  const site = await installPackages("apachelogs", ["apachelogs==0.6.1"]);
  const { stdout } = await promisify(execFile)("python3", ["-c", reader, file], { env: { PYTHONPATH: site } });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown[]);
}

async function call(url: string, method: string, target: string, headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url, { method, path: target, headers }, (response) => {
    let length = 0;
    response.on("data", (chunk: Buffer) => (length += chunk.length)).on("end", () => resolve(length));
  });
  sent.on("error", reject).end();
  return await promise;
}

test("a parser of Apache's combined format reads the lines back, whatever clients say", async () => {
  await using started = await startGateway({ config: { accessLog: "combined" } });
  const strange = 'a "quoted" \\ back\u00e9';
  const referer = { referer: "https://example.com/from?token=secret" };
  const lengths = [
    await call(started.url, "GET", "/~default/hello/a?token=secret", { ...referer, "user-agent": strange }),
    await call(started.url, "HEAD", '/~default/hello/"%22', {}),
    await call(started.url, "GET", "/-/code/secret", { "user-agent": 'x" 200 5 "-" "y' }),
  ];
  const before = Date.now() / 1_000;
  await started.gateway[Symbol.asyncDispose]();
  const file = path.join(started.dataDirectory, "log", "access.log");
  const entries = await readBack(file);
  assert.deepEqual(
    entries.map((entry) => entry.slice(0, -1)),
    [
      ["127.0.0.1", null, "GET /~default/hello/a HTTP/1.1", 200, lengths[0], "https://example.com/from", strange],
      ["127.0.0.1", null, 'HEAD /~default/hello/"%22 HTTP/1.1', 200, null, null, null],
      ["127.0.0.1", null, "GET /-/code/ HTTP/1.1", 404, lengths[2], null, 'x" 200 5 "-" "y'],
    ],
  );
  for (const entry of entries) assert.ok(Math.abs(Number(entry.at(-1)) - before) < 60, "the time is that of the call");
  assert.doesNotMatch(await readFile(file, "utf8"), /secret/);
});
