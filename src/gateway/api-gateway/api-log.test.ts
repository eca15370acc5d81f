import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { it } from "node:test";
import { loopbackPort } from "../../../tests/loopback-port.ts";
import type { ApiLog } from "../../core/index.ts";
import { askService as ask } from "../testing/ask-service.ts";
import { eventBackend, fakeServices, publishedApi, publishedService, resultOf } from "../testing/published-service.ts";
import { startGateway, takenIn } from "../testing/started-gateway.ts";

it("what an API answered is told once, with what its back end did, and why it failed", async () => {
  const backend = http.createServer((_, response) => response.writeHead(404).end("none"));
  await using _ = { [Symbol.asyncDispose]: async () => void backend.close() };
  const backendPort = await loopbackPort(backend);
  const url = `http://127.0.0.1:${backendPort}`;
  const key = { secretId: "AKID", secretKey: "secret" };
  const plan = { planId: "p", perSecond: null, quota: null, apiIds: null, keys: [key] };
  const apis = [
    publishedApi("event", { backend: eventBackend }),
    publishedApi("http", {
      backend: { kind: "http", url, path: "/", method: "GET", mapped: [] },
      convertedCodes: [{ code: 404, convertedCode: 410, message: "" }],
    }),
    publishedApi("secret", { authorization: { kind: "secret" } }),
    publishedApi("mock", { allowsCors: true }),
  ];
  const logs: ApiLog[] = [];
  await using started = await startGateway({
    config: { accessLog: "json", backendAllow: ["127.0.0.1"] },
    apiGatewaySource: fakeServices(publishedService(apis, { plans: [plan] })),
    apiLogs: { record: (log) => void logs.push(log) },
    invoke: async (invocation) => {
      const result = resultOf(invocation, { body: JSON.stringify({ statusCode: 201, body: "made" }) });
      return { ...result, record: { ...result.record, queueUs: 1_500 }, serverTiming: "queue;dur=1.5, run;dur=2" };
    },
  });
  const event = await ask(started.port, "/release/event/a?token=hidden", { method: "POST", body: "abc" });
  assert.equal(event.headers["server-timing"], "queue;dur=1.5, run;dur=2");
  for (const name of ["http", "secret", "mock", "nothing"]) await ask(started.port, `/release/${name}`);
  const preflight = { origin: "https://page.example", "access-control-request-method": "GET" };
  await ask(started.port, "/release/mock", { method: "OPTIONS", headers: preflight });
  await takenIn(started);
  const told = logs.map((log) => [log.apiId, log.method, log.path, log.status, log.backendStatus, log.backendAddress]);
  assert.deepEqual(told, [
    ["api-event", "POST", "/release/event/a", 201, 200, ""],
    ["api-http", "GET", "/release/http", 410, 404, "127.0.0.1"],
    ["api-secret", "GET", "/release/secret", 401, null, ""],
    ["api-mock", "GET", "/release/mock", 200, null, ""],
    ["", "GET", "/release/nothing", 404, null, ""],
    ["api-mock", "OPTIONS", "/release/mock", 204, null, ""],
  ]);
  const [, , , , unmatched] = logs;
  assert.deepEqual([unmatched?.serviceId, unmatched?.environment], ["service-abcd1234", ""]);
  assert.match(String(unmatched?.errorMessage), /There is no api match uri/);
  const [first, second, third] = logs;
  assert.deepEqual([first?.bytesIn, first?.bytesOut, first?.errorMessage, first?.environment], [3, 4, "", "release"]);
  assert.ok((second?.backendUs ?? 0) > 0 && (second?.backendUs ?? 0) <= (second?.durationUs ?? 0));
  assert.deepEqual([third?.backendUs, third?.keyId], [null, ""]);
  assert.match(String(third?.errorMessage), /HMAC/);

  await started.gateway[Symbol.asyncDispose]();
  const lines = (await readFile(path.join(started.dataDirectory, "log", "access.log"), "utf8")).split("\n");
  const of = (name: string) => JSON.parse(lines.find((line) => line.includes(`"api":"api-${name}"`)) ?? "{}");
  assert.equal(of("event").queueMs, 1.5);
  assert.ok(of("http").backendMs > 0);
  assert.equal("backendMs" in of("mock"), false);
});
