import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { traceVariables, type FunctionId, type FunctionUrlSettings, type TriggerId } from "../core/index.ts";
import type { FunctionUrl } from "./routes/function-urls.ts";
import { startGateway } from "./testing/started-gateway.ts";
import { startService } from "./testing/started-service.ts";

const id = "12345678901234567890123456789012";
const from = { traceparent: `00-${id}-1234567890123456-01`, tracestate: "foo=1, bar=2" };
const continued = new RegExp(`^00-${id}-(?!1234567890123456)[0-9a-f]{16}-01$`);
const begun = new RegExp(`^00-(?!${id})[0-9a-f]{32}-[0-9a-f]{16}-03$`);

const settings: FunctionUrlSettings = {
  kind: "http",
  authType: "NONE",
  takesExtranet: true,
  takesIntranet: true,
  cors: null,
};
const eventUrl: FunctionUrl = {
  triggerId: "trg-a" as TriggerId, // brand: a made-up one
  functionId: "lam-a" as FunctionId, // brand: a made-up one
  namespace: "default",
  functionName: "event",
  name: "url",
  qualifier: "$DEFAULT",
  isEnabled: true,
  settings,
};

type Headers = Readonly<Record<string, string | undefined>>;

function ask(url: string, headers: http.OutgoingHttpHeaders, agent: http.Agent): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get(url, { headers, agent }, resolve).on("error", reject);
  });
}

async function headersSeen(answer: http.IncomingMessage, seen: (body: unknown) => Headers): Promise<Headers> {
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  assert.deepEqual([answer.headers["traceparent"], answer.headers["tracestate"]], [undefined, undefined]);
  return seen(JSON.parse(text));
}

function pairsByName(body: unknown): Headers {
  const { headers } = body as { headers: string[] }; // as the fake function answers
  const entries = Array.from({ length: headers.length / 2 }, (_, i) => [
    headers[2 * i] ?? "",
    headers[2 * i + 1] ?? "",
  ]);
  assert.equal(entries.filter(([name]) => name === "traceparent").length, 1);
  return Object.fromEntries(entries);
}

/** Asks as clients do, three times by one connection: what repeats is not read again. */
async function callAgain(url: string, host: string, seen: (body: unknown) => Headers): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const spans = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const headers = await headersSeen(await ask(url, { host, ...from }, agent), seen);
    assert.match(headers["traceparent"] ?? "", continued);
    assert.equal(headers["tracestate"], "foo=1,bar=2");
    spans.add(headers["traceparent"] ?? "");
  }
  assert.equal(spans.size, 3, "each call is a part of its own");
  const strange = { host, TraceParent: `${from.traceparent}.`, tracestate: "foo=1" };
  for (const headers of [{ host }, strange, { host, connection: "close, traceparent" }]) {
    const got = await headersSeen(await ask(url, headers, agent), seen);
    assert.match(got["traceparent"] ?? "", begun);
    assert.equal(got["tracestate"], undefined);
  }
  agent.destroy();
}

test("an HTTP function is told of the trace, and no client", async () => {
  await using started = await startGateway();
  await callAgain(`${started.url}/~default/hello/`, "localhost", pairsByName);
});

test("a service is told of the trace, and no client", async () => {
  const service = http.createServer((request, response) => response.end(JSON.stringify(request.headers)));
  await using fixture = await startService(service);
  await callAgain(`${fixture.started.url}/~default/site/`, "localhost", (body) => body as Headers);
});

test("an event function behind a URL is told of the trace in its event and in its variables", async () => {
  await using started = await startGateway({
    urls: { open: eventUrl },
    invoke: ({ payload, variables, requestId, target }) => {
      const { headers } = JSON.parse(payload) as { headers: Record<string, string> };
      assert.deepEqual(
        [variables["TRACEPARENT"], variables["TRACESTATE"]],
        [headers["traceparent"], headers["tracestate"]],
      );
      const record = { requestId, ...target, status: 200 } as never; // the gateway looks at the status alone
      return Promise.resolve({ record, body: JSON.stringify(headers), errorMessage: "", log: "" });
    },
  });
  await callAgain(started.url, "open.localhost", (body) => body as Headers);
});

test("the API is told of the trace of its caller", async () => {
  const parents: (string | undefined)[] = [];
  await using started = await startGateway({
    api: ({ trace }) => {
      parents.push(traceVariables(trace)["TRACEPARENT"]);
      return Promise.resolve("{}");
    },
  });
  const headers = { "x-tc-action": "Invoke", "content-type": "application/json" };
  for (const own of [from, {}])
    await (await fetch(started.url, { method: "POST", body: "{}", headers: { ...headers, ...own } })).text();
  assert.match(parents[0] ?? "", continued);
  assert.match(parents[1] ?? "", begun);
});
