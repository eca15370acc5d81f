import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { clientOf, deploy, type DeployedFunction } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { tlsPortOf } from "../tls-port.ts";
import { Chromium, withoutChromium } from "./chromium.ts";
import { packageOfWs } from "./package-of-ws.ts";

const fixtures = path.join(import.meta.dirname, "fixtures/browser");
const socketFixtures = path.join(import.meta.dirname, "fixtures/browser-sockets");
const skip = await withoutChromium();

/** What a WebSocket shows that echoes and then closes. */
const wellEchoed = { protocol: "second", text: "你好", byteLength: 1_000_000, wasClean: true };

/** What the page of `fixtures/browser` says when all is well. */
const wellFound = {
  protocol: { isSecure: true, protocol: "h2" },
  events: ["event 1", "event 2", "event 3"],
  download: { first: "first", bytes: 3_000_005 },
  upload: { bytes: 2_001_000, announced: null },
  form: { title: "a title", size: 3_000_000 },
  cookies: { seen: ["__Host-session=s1", "plain=p1", "theme=dark"], shown: ["plain=p1", "theme=dark"] },
  redirect: { redirected: true, to: "./landed", text: "landed" },
  webSocket: { ...wellEchoed, code: 3001, reason: "as you wish" },
  otherWebSockets: [
    { ...wellEchoed, code: 3001, reason: "as you wish" },
    { ...wellEchoed, code: 1000, reason: "" },
  ],
};

describe("Chromium, which trusts the local authority and nothing else", { skip }, () => {
  let server: RunningServer;
  let service: DeployedFunction;
  /** Those of an HTTP function, and of an event function behind an API. */
  let socketUrls: string[];
  let browser: Chromium;

  before(async () => {
    server = await startServer({ environment: { GUST_TLS_PORT: "0" } });
    const bootstrap = { text: "#!/bin/sh\nexec node server.js\n", mode: 0o755 };
    const files = { ...(await filesOf(fixtures)), ...(await packageOfWs()), scf_bootstrap: bootstrap };
    service = await deploy(server, "browser", files, { Type: "HTTP" });
    socketUrls = [await functionSocket(server), await eventSocket(server)];
    browser = await Chromium.trusting(path.join(server.dataDirectory, "tls/authority.pem"));
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it("finds streams both ways, WebSocket, cookies and redirects right, over HTTP/2, by domain and by path", async () => {
    const tlsPort = await tlsPortOf(server);
    const pages = {
      domain: `https://${service.host}:${tlsPort}/`,
      path: `https://localhost:${tlsPort}/~default/browser/`,
    };
    for (const [report, url] of Object.entries(pages)) {
      const query = new URLSearchParams([["report", report], ...socketUrls.map((each) => ["socket", each])]);
      browser.open(`${url}?${query.toString()}`);
    }
    for (const report of Object.keys(pages)) {
      const signal = AbortSignal.timeout(30_000);
      const found: unknown = await (await fetch(`${service.url}hear?name=${report}`, { signal })).json();
      assert.deepEqual(found, wellFound, report);
    }
  });
});

async function functionSocket(server: RunningServer): Promise<string> {
  const files = { ...(await filesOf(socketFixtures)), ...(await packageOfWs()) };
  const fields = { Type: "HTTP", Handler: "server.server", ProtocolType: "WS", Timeout: 30 };
  const { host } = await deploy(server, "sockets", files, fields);
  return `wss://${host}:${await tlsPortOf(server)}/`;
}

async function eventSocket(server: RunningServer): Promise<string> {
  await deploy(server, "events", await filesOf(socketFixtures), { Handler: "events.main_handler" });
  const product = { service: "apigateway", version: "2018-08-08" };
  const call = (action: string, fields: Readonly<Record<string, unknown>>) =>
    clientOf(server).call(action, fields, { product });
  const { ServiceId, OuterSubDomain } = await call("CreateService", { ServiceName: "talk", Protocol: "http&https" });
  await call("CreateApi", {
    ServiceId,
    Protocol: "WEBSOCKET",
    RequestConfig: { Path: "/chat", Method: "GET" },
    ServiceType: "SCF",
    ServiceTimeout: 15,
    ServiceWebsocketRegisterFunctionName: "events",
    ServiceWebsocketTransportFunctionName: "events",
  });
  await call("ReleaseService", { ServiceId, EnvironmentName: "release", ReleaseDesc: "first" });
  return `wss://${String(OuterSubDomain)}:${await tlsPortOf(server)}/release/chat`;
}

async function filesOf(directory: string): Promise<Record<string, string>> {
  const read = async (name: string) => [name, await fs.readFile(path.join(directory, name), "utf8")] as const;
  return Object.fromEntries(await Promise.all((await fs.readdir(directory)).map(read)));
}
