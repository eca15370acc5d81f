import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { loopbackPort } from "../loopback-port.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

/** Answers with its event, or is all three functions of a WebSocket API, which pushes back what it is told. */
const eventCode = `
const push = (websocket, to = process.env.GUST_API_URL + process.env.GUST_WEBSOCKET_PUSH_PATH) => fetch(to, { method: "POST", body: JSON.stringify({ websocket }) }).then((answer) => answer.json());
exports.main_handler = async (event) => {
  if (event.websocket === undefined) return { statusCode: 201, headers: { "Content-Type": "application/json", "X-Many": ["a", "b"] }, body: JSON.stringify(event) };
  const { action, secConnectionID, data, secWebSocketProtocol } = event.websocket;
  if (action === "connecting") return { errNo: secWebSocketProtocol === "chat" ? 0 : 101, errMsg: "speak chat", websocket: { action, secConnectionID, secWebSocketProtocol } };
  if (action === "closing") return console.log("closing", secConnectionID);
  if (data === "leave") return push({ action: "closing", secConnectionID });
  const to = data.startsWith("http") ? data : undefined; // the address that DescribeApi tells
  return push({ action: "data send", secConnectionID, dataType: "text", data: "heard " + data }, to);
};`;

const httpCode = `export default { fetch: async (request) => new Response(request.method + " " + new URL(request.url).pathname + " " + (await request.text())) };`;

let server: RunningServer;
let serviceId: string;
let host: string;

async function gateway(action: string, fields: Record<string, unknown>) {
  const product = { service: "apigateway", version: "2018-08-08" };
  const reply = await clientOf(server).call(action, fields, { product });
  return Object(reply["Result"] ?? reply);
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function ask(path: string, { method = "GET", headers = {}, body }: Ask = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = http.request({ host: "127.0.0.1", port: server.port, method, path, headers: { host, ...headers } });
  request.on("response", resolve).on("error", reject).end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

const api = (path: string, settings: Record<string, unknown>, method = "ANY") =>
  gateway("CreateApi", {
    ServiceId: serviceId,
    ServiceTimeout: 15,
    Protocol: "HTTP",
    ApiName: path.replaceAll(/[^a-z]/g, ""),
    RequestConfig: { Path: path, Method: method },
    ...settings,
  });

const release = () =>
  gateway("ReleaseService", { ServiceId: serviceId, EnvironmentName: "release", ReleaseDesc: "now" });

before(async () => {
  server = await startServer({ environment: { GUST_BACKEND_ALLOW: "127.0.0.1" } });
  await deploy(server, "events", { "index.js": eventCode });
  await deploy(server, "site", { "index.mjs": httpCode }, { Type: "HTTP", Handler: "index.fetch" });
  serviceId = (await gateway("CreateService", { ServiceName: "shop", Protocol: "http&https" })).ServiceId;
  host = `${serviceId}-${server.credentials.appId}.localhost:${server.port}`;
});
after(() => server[Symbol.asyncDispose]());

describe("APIs made by the cloud API", () => {
  it("answer with functions, texts and other servers once they are released", async () => {
    await using back = http.createServer((request, response) => response.end(`back ${request.url}`));
    const Url = `http://127.0.0.1:${await loopbackPort(back)}`;
    const integrated = { ServiceScfIsIntegratedResponse: true };
    await api("/events/{id}", { ServiceType: "SCF", ServiceScfFunctionName: "events", ...integrated });
    await api("/site", { ServiceType: "SCF", ServiceScfFunctionName: "site", ServiceScfFunctionType: "HTTP" });
    await api("/mock", { ServiceType: "MOCK", ServiceMockReturnMessage: "mocked" });
    await api("/back", { ServiceType: "HTTP", ServiceConfig: { Url, Path: "/deep", Method: "GET" } });
    assert.equal((await ask("/release/mock")).status, 404);
    await release();
    assert.equal((await ask("/release/mock")).body, "mocked");
    const answer = await ask("/release/events/7?a=1&a=2", { method: "POST", body: "whole" });
    assert.deepEqual(
      [answer.status, answer.headers["x-many"], answer.headers["x-api-serviceid"]],
      [201, "a, b", serviceId],
    );
    const event = JSON.parse(answer.body);
    assert.deepEqual([event.path, event.body, event.queryString], ["/events/7", "whole", { a: ["1", "2"] }]);
    assert.deepEqual([event.requestContext.stage, event.requestContext.serviceId], ["release", serviceId]);
    assert.equal((await ask("/release/site/x", { method: "PUT", body: "in" })).body, "PUT /site/x in");
    assert.equal((await ask("/release/back/x?y=1")).body, "back /deep/x?y=1");
  });

  it("tell what they answered to whoever searches their logs", async () => {
    const { headers } = await ask("/release/mock?secret=1");
    const window = { StartTime: new Date(Date.now() - 60_000).toISOString(), EndTime: new Date().toISOString() };
    const query = { Name: "api_id", Operator: "=", Value: headers["x-api-id"] };
    const search = { ServiceId: serviceId, ...window, LogQuerys: [query], Limit: 1 };
    const found = await gateway("DescribeLogSearch", search);
    assert.equal(found.TotalCount, 1);
    assert.match(
      found.LogSet[0],
      /\[release\].*\[\/release\/mock\]\[http\]\[rsp_st:200\]\[ups_st:-\]\[cip:127\.0\.0\.1\]/,
    );
    assert.equal(/req_id:([\w-]+)/.exec(found.LogSet[0])?.[1]?.replaceAll("-", ""), headers["x-api-requestid"]);
  });

  it("are called with keys of plans, as often as those permit", async () => {
    const secret = { AuthType: "SECRET", ServiceType: "MOCK", ServiceMockReturnMessage: "for members" };
    await api("/members", secret);
    await release();
    const { AccessKeyId, AccessKeySecret } = await gateway("CreateApiKey", { SecretName: "member" });
    const { UsagePlanId } = await gateway("CreateUsagePlan", {
      UsagePlanName: "basic",
      MaxRequestNum: 2,
      MaxRequestNumPreSec: 100,
    });
    await gateway("BindSecretIds", { UsagePlanId, AccessKeyIds: [AccessKeyId] });
    const binding = { UsagePlanIds: [UsagePlanId], BindType: "SERVICE", ServiceId: serviceId, Environment: "release" };
    await gateway("BindEnvironment", binding);
    const get = () => {
      const date = new Date().toUTCString();
      const signature = createHmac("sha1", AccessKeySecret).update(`x-date: ${date}`).digest("base64");
      const authorization = `hmac id="${AccessKeyId}", algorithm="hmac-sha1", headers="x-date", signature="${signature}"`;
      return ask("/release/members", { headers: { "x-date": date, authorization } });
    };
    assert.equal((await ask("/release/members")).status, 401);
    assert.equal((await get()).body, "for members");
    assert.equal((await get()).status, 200);
    const over = await get();
    assert.deepEqual([over.status, JSON.parse(over.body).message], [429, "API quota exceeded."]);
  });

  it("are limited in requests a second", async () => {
    const { ApiId } = await api("/slow", { ServiceType: "MOCK", ServiceMockReturnMessage: "slow" });
    await release();
    await gateway("ModifyApiEnvironmentStrategy", {
      ServiceId: serviceId,
      EnvironmentName: "release",
      ApiIds: [ApiId],
      Strategy: 2,
    });
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await ask("/release/slow")).status);
    assert.equal(statuses[0], 200);
    assert.ok(statuses.includes(429), String(statuses));
  });

  it("hold WebSockets for functions, which push back", async () => {
    const { ApiId } = await api(
      "/chat",
      {
        Protocol: "WEBSOCKET",
        ServiceType: "SCF",
        ServiceWebsocketRegisterFunctionName: "events",
        ServiceWebsocketTransportFunctionName: "events",
        ServiceWebsocketCleanupFunctionName: "events",
      },
      "GET",
    );
    await release();
    const connect = (protocol: string) =>
      new WebSocket(`ws://127.0.0.1:${server.port}/release/chat`, protocol, { headers: { host } });
    const refused = connect("other").on("error", () => undefined);
    const [, answer]: (http.IncomingMessage | undefined)[] = await once(refused, "unexpected-response");
    assert.equal(answer?.statusCode, 403);
    answer?.resume();
    const socket = connect("chat");
    await once(socket, "open");
    assert.equal(socket.protocol, "chat");
    socket.send("hello");
    assert.equal(String((await once(socket, "message"))[0]), "heard hello");
    const { InternalDomain: pushAddress } = await gateway("DescribeApi", { ServiceId: serviceId, ApiId });
    socket.send(pushAddress);
    assert.equal(String((await once(socket, "message"))[0]), `heard ${pushAddress}`);
    socket.send("leave");
    assert.equal((await once(socket, "close"))[0], 1000);
  });
});
