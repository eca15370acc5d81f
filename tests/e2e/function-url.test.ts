import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import type { GustClient } from "../../sdk/src/client.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { gust } from "../gust-command.ts";
import { startServer, type RunningServer } from "../running-server.ts";

/** Answers with its event, or as the path asks. */
const eventCode = `
exports.main_handler = async (event) => {
  switch (event.path) {
    case "/echo": return { statusCode: 201, headers: { "Content-Type": "application/json", "X-Source": process.env.TRIGGER_SRC }, body: JSON.stringify(event) };
    case "/cookies": return { statusCode: 200, headers: { "Set-Cookie": ["a=1; Path=/", "b=2"], "X-Number": 7 }, body: "ok" };
    case "/redirect": return { statusCode: 302, headers: { Location: "/echo" } };
    case "/binary": return { statusCode: 200, headers: { "content-type": "image/png" }, body: event.body, isBase64Encoded: event.isBase64Encoded };
    case "/throw": throw new Error("secret of the owner");
    case "/bad": return { statusCode: 200, headers: { "x-bad": "a\\r\\nx-smuggled: 1" }, body: "" };
    default: return ["plain", event.httpMethod];
  }
};`;

const httpCode = `export default { fetch: async (request) => new Response("http " + (await request.text()) + new URL(request.url).search, { headers: { "access-control-allow-origin": "https://wrong.example" } }) };`;

/** Opens every WebSocket and says its path. */
const socketCode = `
const server = require("node:http").createServer((request, response) => response.end("plain"));
server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = require("node:crypto").createHash("sha1").update(key).digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  socket.write(Buffer.concat([Buffer.from([0x81, request.url.length]), Buffer.from(request.url)]));
});
module.exports = { server };`;

let server: RunningServer;
let client: GustClient;
before(async () => {
  server = await startServer();
  client = clientOf(server);
});
after(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request of the host in `url`, sent to the server. */
async function ask(url: string, path: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Answer> {
  const { host } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = http.request({ host: "127.0.0.1", port: server.port, method, path, headers: { host, ...headers } });
  request.on("response", resolve).on("error", reject).end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}

interface Settings {
  readonly AuthType?: string;
  readonly NetConfig?: object;
  readonly CorsConfig?: object;
}

const key = (FunctionName: string) => ({ FunctionName, TriggerName: "url", Type: "http" });

/** Makes a function URL and gives its address. */
async function makeUrl(name: string, settings: Settings = {}): Promise<string> {
  const reply = await client.call("CreateTrigger", { ...key(name), TriggerDesc: JSON.stringify(settings) });
  return JSON.parse(Object(reply["TriggerInfo"]).TriggerDesc).NetConfig.IntranetUrl;
}

const change = (name: string, settings: Settings) =>
  client.call("UpdateTrigger", { ...key(name), TriggerDesc: JSON.stringify(settings) });

describe("the URL of an event function", () => {
  let url: string;
  before(async () => {
    await deploy(server, "events", { "index.js": eventCode });
    url = await makeUrl("events");
  });

  it("is a host of the account below the base domain", () => {
    const { port, credentials } = server;
    assert.match(url, new RegExp(`^http://${credentials.appId}-[a-z0-9]{10}\\.localhost:${port}$`));
  });

  it("turns a request into the documented event, and its result into the answer", async () => {
    const asked = { method: "POST", headers: { "content-type": "application/json", "X-Mine": "1", cookie: "c=d" } };
    const answer = await ask(url, "/echo?foo=bar&bob=a&bob=b&flag&s=%E5%87%BD+x", { ...asked, body: '{"n":1}' });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers["x-source"], "http");
    const { headers, ...event } = JSON.parse(answer.body.toString());
    assert.deepEqual(event, {
      body: '{"n":1}',
      httpMethod: "POST",
      path: "/echo",
      queryString: { foo: "bar", bob: ["a", "b"], flag: true, s: "函 x" },
    });
    assert.equal(headers["x-mine"], "1");
    assert.equal(headers.cookie, "c=d");
    assert.equal(headers["x-scf-remote-addr"], "127.0.0.1");
    assert.equal(headers.host, new URL(url).host);
  });

  it("answers anything else as JSON", async () => {
    const answer = await ask(url, "/other");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.body.toString(), '["plain","GET"]');
  });

  it("takes and gives bytes, several cookies and redirects", async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000 }, (_, index) => index % 256));
    const binary = await ask(url, "/binary", { method: "PUT", body: bytes });
    assert.equal(binary.headers["content-type"], "image/png");
    assert.ok(binary.body.equals(bytes));
    const cookies = await ask(url, "/cookies");
    assert.deepEqual(cookies.headers["set-cookie"], ["a=1; Path=/", "b=2"]);
    assert.equal(cookies.headers["x-number"], "7");
    const redirect = await ask(url, "/redirect");
    assert.deepEqual([redirect.status, redirect.headers.location, redirect.body.length], [302, "/echo", 0]);
  });

  it("tells a stranger that the function failed, and nothing of its own", async () => {
    const thrown = await ask(url, "/throw");
    assert.equal(thrown.status, 500);
    assert.match(thrown.body.toString(), /UserCodeException/);
    assert.doesNotMatch(thrown.body.toString(), /secret/);
    const bad = await ask(url, "/bad");
    assert.equal(bad.status, 502);
    assert.equal(bad.headers["x-smuggled"], undefined);
  });

  it("refuses bodies of over 6 MiB", async () => {
    const answer = await ask(url, "/echo", { method: "POST", body: Buffer.alloc(6 * 1024 * 1024 + 1, "a") });
    assert.equal(answer.status, 413);
    assert.match(answer.body.toString(), /6291456 bytes/);
  });
});

describe("the ws:// form of a function URL", () => {
  it("opens WebSockets of a function that takes them, and refuses unsigned ones where AuthType is CAM", async () => {
    const ws = { Type: "HTTP", Handler: "index.server", ProtocolType: "WS" };
    await deploy(server, "sockets", { "index.js": socketCode }, ws);
    const { host } = new URL(await makeUrl("sockets"));
    const open = () => new WebSocket(`ws://127.0.0.1:${server.port}/room`, { headers: { host } });
    const socket = open();
    const [message] = await once(socket, "message");
    assert.equal(String(message), "/room");
    socket.terminate();
    await change("sockets", { AuthType: "CAM" });
    const refused = open().on("error", () => undefined);
    const [, answer] = await once(refused, "unexpected-response");
    assert.equal(answer.statusCode, 401);
    answer.resume();
  });
});

describe("gust url", () => {
  it("makes the URL of the default alias, shows it, and closes it to strangers", async () => {
    await deploy(server, "by-hand", { "index.js": eventCode });
    const run = async (...args: string[]) => {
      const ended = await gust(["url", "by-hand", ...args, "--data", server.dataDirectory]);
      assert.equal(ended.code, 0, ended.stderr);
      return ended.stdout;
    };
    const made = JSON.parse(await run("--json"));
    assert.deepEqual([made.isNew, made.authType, made.trigger.Qualifier], [true, "NONE", "$DEFAULT"]);
    assert.equal((await ask(made.url, "/")).status, 200);
    assert.equal(await run(), `${made.url}\n`);
    assert.match(await run("--auth", "cam"), /signed requests alone/);
    assert.equal((await ask(made.url, "/")).status, 401);
  });
});

describe("the settings of a function URL", () => {
  let url: string;
  before(async () => {
    await deploy(server, "pages", { "index.mjs": httpCode }, { Type: "HTTP", Handler: "index.fetch" });
    url = await makeUrl("pages");
  });

  it("hold from the moment at which they are changed: CORS", async () => {
    assert.equal((await ask(url, "/", { headers: { origin: "https://a.example" } })).body.toString(), "http ");
    const Origins = ["https://a.example", "https://*.b.example"];
    const CorsConfig = {
      Enable: true,
      Origins,
      Methods: ["PUT"],
      ExposeHeaders: ["x-a"],
      MaxAge: 60,
      Credentials: true,
    };
    await change("pages", { CorsConfig });
    const preflight = async (origin: string) => {
      const headers = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "x-b" };
      const answer = await ask(url, "/", { method: "OPTIONS", headers });
      assert.equal(answer.status, 204);
      return answer.headers;
    };
    const allowed = await preflight("https://www.b.example");
    assert.equal(allowed["access-control-allow-origin"], "https://www.b.example");
    assert.equal(allowed["access-control-allow-methods"], "PUT");
    assert.equal(allowed["access-control-allow-headers"], "x-b");
    assert.equal(allowed["access-control-allow-credentials"], "true");
    assert.equal(allowed["access-control-max-age"], "60");
    assert.equal((await preflight("https://evil.example"))["access-control-allow-origin"], undefined);
    const page = await ask(url, "/?q", { method: "PUT", headers: { origin: "https://a.example" }, body: "x" });
    assert.equal(page.body.toString(), "http x?q");
    assert.equal(page.headers["access-control-allow-origin"], "https://a.example", "not what the function said");
    assert.equal(page.headers["access-control-expose-headers"], "x-a");
    const stranger = await ask(url, "/", { headers: { origin: "https://evil.example" } });
    assert.equal(stranger.headers["access-control-allow-origin"], undefined);
  });

  it("close it to a net, or to all", async () => {
    const viaProxy = { headers: { "x-forwarded-for": "203.0.113.9" } };
    await change("pages", { NetConfig: { EnableExtranet: false } });
    assert.equal((await ask(url, "/")).status, 200);
    const outside = await ask(url, "/", viaProxy);
    assert.equal(outside.status, 403);
    assert.match(outside.body.toString(), /NetConfig\.EnableExtranet/);
    await change("pages", { NetConfig: { EnableExtranet: true, EnableIntranet: false } });
    assert.equal((await ask(url, "/", viaProxy)).status, 200);
    assert.match((await ask(url, "/")).body.toString(), /NetConfig\.EnableIntranet/);
    await change("pages", { NetConfig: { EnableIntranet: true } });
    await client.call("UpdateTrigger", { ...key("pages"), Enable: "CLOSE" });
    assert.equal((await ask(url, "/")).status, 403);
    await client.call("UpdateTrigger", { ...key("pages"), Enable: "OPEN" });
    assert.equal((await ask(url, "/")).status, 200);
  });

  it("let signed requests in alone", async () => {
    await change("pages", { AuthType: "CAM" });
    const unsigned = await ask(url, "/");
    assert.equal(unsigned.status, 401);
    assert.match(unsigned.body.toString(), /AuthType CAM.*TC3-HMAC-SHA256/);
    const text = "body that is signed";
    const send = (path: string, over: Partial<Signing> = {}, body = text) =>
      ask(url, path, { method: "POST", headers: signed({ url, path: "/in?a=1", body: text, ...over }), body });
    assert.equal((await send("/in?a=1")).body.toString(), `http ${text}?a=1`);
    const failures = await Promise.all([
      send("/in?a=1", { secretKey: "wrong" }),
      send("/in?a=2"),
      send("/elsewhere?a=1"),
      send("/in?a=1", {}, "another body"),
      send("/in?a=1", { service: "cos" }),
      send("/in?a=1", { at: Date.now() - 600_000 }),
      send("/in?a=1", { secretId: "AKIDnobody" }),
    ]);
    const codes = failures.map(({ status, body }) => `${status} ${/AuthFailure\.\w+/.exec(body.toString())?.[0]}`);
    const wrong = "401 AuthFailure.SignatureFailure";
    assert.deepEqual(codes, [
      wrong,
      wrong,
      wrong,
      wrong,
      "401 AuthFailure.InvalidAuthorization",
      "401 AuthFailure.SignatureExpire",
      "401 AuthFailure.SecretIdNotFound",
    ]);
  });

  it("go with the trigger, and with the function", async () => {
    await client.call("DeleteTrigger", key("pages"));
    assert.equal((await ask(url, "/")).status, 404);
    await deploy(server, "short", { "index.js": eventCode });
    const gone = await makeUrl("short");
    assert.equal((await ask(gone, "/")).status, 200);
    await client.call("DeleteFunction", { FunctionName: "short" });
    assert.equal((await ask(gone, "/")).status, 404);
    await deploy(server, "short", { "index.js": eventCode });
    assert.equal((await ask(gone, "/")).status, 404, "a function of the same name has not the old URL");
  });
});

interface Signing {
  readonly url: string;
  readonly path: string;
  readonly body: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly service: string;
  readonly at: number;
}

const hmac = (secret: string | Buffer, text: string): Buffer => createHmac("sha256", secret).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The headers of a signed POST, as the algorithm is documented. */
function signed(over: Partial<Signing> & Pick<Signing, "url" | "path" | "body">): Record<string, string> {
  const { secretId, secretKey } = server.credentials;
  const { url, path, body, service, at, ...pair } = { secretId, secretKey, service: "scf", at: Date.now(), ...over };
  const timestamp = String(Math.floor(at / 1_000));
  const date = new Date(at).toISOString().slice(0, 10);
  const [uri = "", query = ""] = path.split("?");
  const fields = `content-type:text/plain\nhost:${new URL(url).host}\n`;
  const request = ["POST", uri, query, fields, "content-type;host", sha256(body)].join("\n");
  const scope = `${date}/${service}/tc3_request`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(request)}`;
  const signature = hmac(hmac(hmac(hmac(`TC3${pair.secretKey}`, date), service), "tc3_request"), text).toString("hex");
  return {
    "content-type": "text/plain",
    "x-scf-cam-timestamp": timestamp,
    authorization: `TC3-HMAC-SHA256 Credential=${pair.secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
  };
}
