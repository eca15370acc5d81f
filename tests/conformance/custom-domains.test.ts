import assert from "node:assert/strict";
import { once } from "node:events";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { deploy, zipOf } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { codeOf, scfClient, untilActive, type ScfClient } from "./scf-client.ts";

/** Says who it is, and what it saw. */
const web = (name: string): string => `
exports.web = (request) => {
  const { pathname, search } = new URL(request.url);
  const prefix = request.headers.get("x-forwarded-prefix") ?? "";
  return Response.json({ name: ${JSON.stringify(name)}, saw: pathname + search, prefix });
};`;

/** The unmodified package ws on $PORT: an HTTP service. */
const service = `
const http = require("node:http");
const { WebSocketServer } = require("ws");
const server = http.createServer((request, response) =>
  response.end(JSON.stringify({ name: "site", saw: request.url, prefix: request.headers["x-forwarded-prefix"] ?? "" })));
new WebSocketServer({ server }).on("connection", (socket, request) =>
  socket.on("message", (data) => socket.send(request.url + " " + data)));
server.listen(process.env.PORT);
`;

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe("custom domains, by the unmodified Node SDK of Tencent Cloud", () => {
  let server: RunningServer;
  let client: ScfClient;

  const get = async (Host: string, path: string): Promise<Answer> => {
    const request = http.get({ host: "127.0.0.1", port: server.port, path, headers: { Host } });
    const [response] = (await once(request, "response")) as [http.IncomingMessage]; // as documented
    return { status: response.statusCode ?? 0, body: await text(response) };
  };
  const seen = async (host: string, path: string): Promise<unknown> => {
    const { status, body } = await get(host, path);
    assert.equal(status, 200, body);
    return JSON.parse(body);
  };
  const endpoint = (FunctionName: string, PathMatch: string, more: Record<string, unknown> = {}) => ({
    Namespace: "default",
    FunctionName,
    Qualifier: "$DEFAULT",
    PathMatch,
    ...more,
  });
  const domain = (Domain: string, ...EndpointsConfig: readonly ReturnType<typeof endpoint>[]) => ({
    Domain,
    Protocol: "HTTP",
    EndpointsConfig: [...EndpointsConfig],
  });

  before(async () => {
    server = await startServer({ environment: { GUST_SANDBOX: "process" } });
    client = scfClient(server);
    const parameters = { Type: "HTTP", Handler: "index.web" };
    await deploy(server, "one", { "index.js": web("one, published") }, parameters);
    await client.PublishVersion({ FunctionName: "one" });
    await client.UpdateFunctionCode({ FunctionName: "one", ZipFile: await zipOf({ "index.js": web("one") }) });
    await untilActive(client, "one");
    await deploy(server, "two", { "index.js": web("two") }, parameters);
  });
  after(() => server[Symbol.asyncDispose]());

  it("lead three paths to two functions and a version, rewritten", async () => {
    await client.CreateCustomDomain(
      domain(
        "Shop.Example.com",
        endpoint("one", "/*"),
        endpoint("two", "/api/*", { PathRewrite: [{ Path: "/api/*", Type: "WildcardRules", Rewrite: "/$1" }] }),
        endpoint("one", "/old", { Qualifier: "1" }),
      ),
    );
    assert.deepEqual(await seen("shop.example.com", "/a?b=c"), { name: "one", saw: "/a?b=c", prefix: "" });
    assert.deepEqual(await seen("shop.example.com", "/healthz"), { name: "one", saw: "/healthz", prefix: "" });
    assert.deepEqual(await seen("SHOP.example.com:8080", "/api/x%2Fy?q"), {
      name: "two",
      saw: "/x%2Fy?q",
      prefix: "/api",
    });
    assert.deepEqual(await seen("shop.example.com", "/old"), { name: "one, published", saw: "/old", prefix: "" });
    const got = await client.GetCustomDomain({ Domain: "shop.example.com" });
    assert.equal(got.EndpointsConfig?.length, 3);
    assert.deepEqual(got.EndpointsConfig?.[1]?.PathRewrite, [
      { Path: "/api/*", Type: "WildcardRules", Rewrite: "/$1" },
    ]);
  });

  it("change while requests run, and none of these fails", async () => {
    const host = "change.example.com";
    await client.CreateCustomDomain(domain(host, endpoint("one", "/*")));
    const answers: unknown[] = [];
    const control = new AbortController();
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!control.signal.aborted) answers.push(Object(await seen(host, "/")).name);
      }),
    );
    for (let round = 0; round < 20; round++) {
      const name = round % 2 === 0 ? "two" : "one";
      await client.UpdateCustomDomain({ Domain: host, EndpointsConfig: [endpoint(name, "/*")] });
      assert.equal(Object(await seen(host, "/")).name, name, "what was answered holds at once");
    }
    control.abort();
    await load;
    assert.deepEqual(new Set(answers), new Set(["one", "two"]));
  });

  it("carry a WebSocket to a service", async () => {
    const files: Record<string, string> = { "index.js": service };
    for (const file of globSync("node_modules/ws/**/*.{js,json}")) files[file] = await readFile(file, "utf8");
    const bootstrap = { text: "#!/bin/sh\nexec node index.js\n", mode: 0o755 };
    await deploy(server, "site", { ...files, scf_bootstrap: bootstrap }, { Type: "HTTP" });
    const rewrite = { PathRewrite: [{ Path: "/live/*", Type: "WildcardRules", Rewrite: "/$1" }] };
    await client.CreateCustomDomain(domain("live.example.com", endpoint("site", "/live/*", rewrite)));
    assert.deepEqual(await seen("live.example.com", "/live/x"), { name: "site", saw: "/x", prefix: "/live" });
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/live/echo?a=b`, {
      headers: { Host: "live.example.com" },
    });
    await once(socket, "open");
    socket.send("hello");
    const [message] = (await once(socket, "message")) as [Buffer]; // as documented
    assert.equal(message.toString(), "/echo?a=b hello");
    socket.close();
    await once(socket, "close");
  });

  it("answer 404 that names what is missing", async () => {
    await deploy(server, "gone", { "index.js": web("gone") }, { Type: "HTTP", Handler: "index.web" });
    await client.CreateCustomDomain(domain("gone.example.com", endpoint("gone", "/a")));
    assert.equal((await get("gone.example.com", "/a")).status, 200);
    const unmapped = await get("gone.example.com", "/b");
    assert.equal(unmapped.status, 404);
    assert.match(unmapped.body, /gone\.example\.com.*\/b.*GetCustomDomain/);
    await client.DeleteFunction({ FunctionName: "gone" });
    const { status, body } = await get("gone.example.com", "/a");
    assert.equal(status, 404);
    assert.match(body, /gone\.example\.com.*\\"gone\\".*does not exist/);
    await deploy(server, "gone", { "index.js": "exports.main_handler = async () => 1;" });
    assert.match((await get("gone.example.com", "/a")).body, /EventFunctionHasNoUrl/);
  });

  it("are listed, survive a restart of the server, and are deleted", async () => {
    await client.CreateCustomDomain(domain("kept.example.com", endpoint("two", "/*")));
    await client.CreateCustomDomain(domain("kept2.example.com", endpoint("two", "/*")));
    const named = { Filters: [{ Name: "Domain", Values: ["kept.example.com", "KEPT2.example.com"] }] };
    const { Total: total, Domains: domains } = await client.ListCustomDomains({ ...named, Limit: 1, Order: "ASC" });
    assert.deepEqual([total, domains?.map((one) => one.Domain)], [2, ["kept.example.com"]]);
    await client.DeleteCustomDomain({ Domain: "kept.example.com" });
    assert.equal((await get("kept.example.com", "/x")).status, 404);
    assert.equal(await codeOf(client.GetCustomDomain({ Domain: "kept.example.com" })), "ResourceNotFound");
    assert.equal(await codeOf(client.DeleteCustomDomain({ Domain: "kept.example.com" })), "ResourceNotFound");
    await server.stop();
    await using again = await startServer({
      dataDirectory: server.dataDirectory,
      environment: { GUST_SANDBOX: "process", GUST_PORT: String(server.port) },
    });
    assert.equal(again.port, server.port);
    assert.deepEqual(await seen("kept2.example.com", "/x"), { name: "two", saw: "/x", prefix: "" });
  });
});
