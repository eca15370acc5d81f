import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { startGateway, type FakeFunction, type StartedGateway } from "./testing/started-gateway.ts";

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Like fetch, but with any Host header. */
function get(started: StartedGateway, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port: started.port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on("error", reject);
  });
}

test("answers an HTTP function by its path, with the prefix in a header", async () => {
  await using started = await startGateway();
  const { status, headers, body } = await get(started, "/~default/hello/a%2Fb//c?q=1&q=2", { "x-own": "1" });
  const seen = JSON.parse(body) as { method: string; path: string; headers: string[] };
  const header = (name: string): string | undefined => seen.headers[seen.headers.indexOf(name) + 1];
  assert.equal(status, 200);
  assert.equal(seen.path, "/a%2Fb//c?q=1&q=2");
  assert.equal(header("x-own"), "1");
  assert.equal(header("x-forwarded-prefix"), "/~default/hello");
  assert.equal(header("x-scf-request-id"), headers["x-scf-request-id"]);
  assert.equal(header("x-forwarded-for"), "127.0.0.1");
  assert.equal(
    seen.headers.some((name) => name.toLowerCase() === "connection"),
    false,
  );
});

test("answers an HTTP function by its domain, whatever the port and the case", async () => {
  await using started = await startGateway({ config: { baseDomain: "Example.COM" } });
  const { body } = await get(started, "/~default/x?y", { host: "Hello-ABCD1234.example.com:4878" });
  assert.equal((JSON.parse(body) as { path: string }).path, "/~default/x?y");
});

test("several listen on one port where they say so, and share its connections", async () => {
  const answering =
    (name: string): FakeFunction =>
    (_invocation, receiver) => {
      receiver.onHead(200, [], Buffer.from(name));
      receiver.onEnd(null);
      return { write: () => true, end() {}, grant() {}, cancel() {} };
    };
  await using alone = await startGateway();
  const { port } = alone;
  await alone[Symbol.asyncDispose]();
  const config = { port, sharePort: true };
  await using one = await startGateway({ config, run: answering("one") });
  await using _ = await startGateway({ config, run: answering("other") });
  const answers = await Promise.all(Array.from({ length: 64 }, () => get(one, "/~default/hello/")));
  assert.deepEqual([...new Set(answers.map(({ body }) => body))].toSorted(), ["one", "other"]);
  await assert.rejects(startGateway({ config: { port } }), /is taken by another program/);
});

const wordings: readonly { path: string; host?: string; status: number; expected: RegExp }[] = [
  { path: "/nope", status: 404, expected: /Nothing answers at \/nope[^]*~<namespace>\/<name>/ },
  { path: "/~default", status: 404, expected: /~<namespace>\/<name>/ },
  { path: "/~default/missing/", status: 404, expected: /no function \\"missing\\" in the namespace \\"default\\"/ },
  { path: "/~default/event/x", status: 404, expected: /event function[^]*Invoke/ },
  {
    path: "/x",
    host: "missing-12345678.localhost",
    status: 404,
    expected: /No function has the domain missing-12345678\.localhost/,
  },
  { path: "/healthz", status: 200, expected: /^ok\n$/ },
  { path: "/readyz", status: 200, expected: /"ready":true/ },
  { path: "/-/code/good", status: 200, expected: /^PK$/ },
  { path: "/-/code/bad", status: 404, expected: /GetFunctionAddress/ },
  { path: "/", status: 200, expected: /This is Gust/ },
];

for (const { path, host, status, expected } of wordings) {
  test(`answers ${status} at ${host ?? ""}${path}`, async () => {
    await using started = await startGateway();
    const answer = await get(started, path, host === undefined ? {} : { host });
    assert.equal(answer.status, status);
    assert.match(answer.body, expected);
    assert.match(String(answer.headers["x-scf-request-id"]), /^[0-9a-f-]{36}$/);
  });
}

test("redirects a path without its last slash and keeps the query", async () => {
  await using started = await startGateway();
  const { status, headers } = await get(started, "/~default/hello?a=b");
  assert.equal(status, 308);
  assert.equal(headers.location, "/~default/hello/?a=b");
});

test("is not ready while the database is down", async () => {
  await using started = await startGateway();
  started.isReady = false;
  const { status, body } = await get(started, "/readyz");
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(body), { ready: false, parts: { database: "down", listener: "up" } });
});

test("counts what it answered", async () => {
  await using started = await startGateway();
  await get(started, "/~default/hello/");
  await get(started, "/nope");
  await get(started, "/healthz");
  const { requests, statuses } = started.gateway.stats();
  assert.deepEqual(requests, { function: 1, service: 0, upstream: 0, api: 0, platform: 1, refused: 1 });
  assert.deepEqual(statuses, [0, 0, 2, 0, 1, 0]);
});

test("answers a thousand overlapping calls each with its own", async () => {
  await using started = await startGateway({
    run: ({ path, rawHeaders }, receiver) => {
      const id = rawHeaders[rawHeaders.indexOf("x-scf-request-id") + 1] ?? "";
      setTimeout(() => {
        receiver.onHead(200, ["x-seen", id], Buffer.from(path));
        receiver.onEnd(null);
      }, Math.random() * 20);
      return { write: () => true, end() {}, grant() {}, cancel() {} };
    },
  });
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  await Promise.all(
    numbers.map(async (number) => {
      const { body, headers } = await get(started, `/~default/hello/${number}`);
      assert.equal(body, `/${number}`);
      assert.equal(headers["x-seen"], headers["x-scf-request-id"]);
    }),
  );
});

test("by the path form, a function's redirects and cookies lead back to it", async () => {
  await using started = await startGateway({
    run: (_, receiver) => {
      const pairs = ["location", "/landed", "set-cookie", "a=1; Path=/", "set-cookie", "b=2"];
      assert.equal(receiver.onHead(302, pairs, Buffer.alloc(0)), null);
      receiver.onEnd(null);
      return { write: () => true, end: () => undefined, grant: () => undefined, cancel: () => undefined };
    },
  });
  const byPath = await get(started, "/~default/hello/old");
  assert.equal(byPath.headers.location, "/~default/hello/landed");
  assert.deepEqual(byPath.headers["set-cookie"], ["a=1; Path=/~default/hello/", "b=2"]);
  const byDomain = await get(started, "/old", { host: "hello-abcd1234.localhost" });
  assert.equal(byDomain.headers.location, "/landed");
  assert.deepEqual(byDomain.headers["set-cookie"], ["a=1; Path=/", "b=2"]);
});
