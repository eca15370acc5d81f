import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import fs from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { withoutContainers } from "../containers.ts";
import { deploy } from "../deployed-function.ts";
import { installPackages, packageFiles } from "../python-packages.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const starlette = `
import asyncio, time
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

ended = []

async def echo(socket):
    await socket.accept(subprotocol=(socket["subprotocols"] or [None])[-1], headers=[(b"x-room", socket.query_params["room"].encode())])
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            ended.append([message["code"], message["reason"], time.time()])
            return
        if message.get("text") == "close": await socket.close(3000, "as you wish")
        elif message.get("text") is not None: await socket.send_text(message["text"])
        else: await socket.send_bytes(message["bytes"])

async def ticks(socket):
    await socket.accept()
    try:
        while True:
            await socket.send_text("tick")
            await asyncio.sleep(0.01)
    except WebSocketDisconnect:
        ended.append([0, "send", time.time()])

async def denied(socket): await socket.close()
async def explained(socket): await socket.send_denial_response(PlainTextResponse("not today", status_code=418))
async def broken(socket):
    await socket.accept()
    raise ValueError("on purpose")

app = Starlette(routes=[
    WebSocketRoute("/echo", echo), WebSocketRoute("/ticks", ticks), WebSocketRoute("/denied", denied),
    WebSocketRoute("/explained", explained), WebSocketRoute("/broken", broken),
    Route("/ended", lambda request: JSONResponse(ended)),
])
`;

const parameters = { Runtime: "Python3.10", Type: "HTTP", Handler: "app.app", Timeout: 60, ProtocolType: "WS" };

/** The unmodified package ws behind a server of node:http; says the same as the application above. */
const withWs = `
const http = require("node:http");
const { WebSocketServer } = require("ws");
const ended = [];
const server = http.createServer((request, response) => response.end(JSON.stringify(ended)));
const sockets = new WebSocketServer({ server, handleProtocols: (offers) => [...offers].at(-1) });
sockets.on("connection", (socket, request) => {
  const { pathname } = new URL(request.url, "http://x");
  const ticking = pathname === "/ticks" ? setInterval(() => socket.send("tick"), 10) : null;
  socket.on("message", (data, isBinary) => {
    if (!isBinary && String(data) === "close") socket.close(3000, "as you wish");
    else socket.send(data, { binary: isBinary });
  });
  socket.on("close", (code, reason) => {
    clearInterval(ticking);
    ended.push([code, String(reason), Date.now() / 1000]);
  });
});
module.exports = { server };
`;

/** How the connections of the application ended so far: code, reason, when. */
type Ended = readonly (readonly [code: number, reason: string, at: number])[];

class Site {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  begin(target: string, protocols: string[] = []): WebSocket {
    return new WebSocket(`${this.url.replace("http", "ws")}${target}`, protocols);
  }

  async open(target: string, protocols: string[] = []): Promise<WebSocket> {
    const socket = this.begin(target, protocols);
    await once(socket, "open");
    return socket;
  }

  async ended(): Promise<Ended> {
    return (await (await fetch(`${this.url}ended`)).json()) as Ended; // what the application above says
  }

  /** How connection `index` ended, as soon as it has. */
  async end(index: number): Promise<Ended[number]> {
    for (;;) {
      const found = (await this.ended())[index];
      if (found !== undefined) return found;
    }
  }
}

async function deployStarlette(server: RunningServer, name: string, changes: object = {}): Promise<Site> {
  const site = await installPackages("starlette", ["starlette==1.10.0"]);
  const files = {
    ...(await packageFiles(site)),
    "app.py": starlette,
    "requests.py": "", // nothing has to be fetched for the word in `from starlette.requests import …`
  };
  return new Site((await deploy(server, name, files, { ...parameters, ...changes })).url);
}

async function deployWs(server: RunningServer): Promise<Site> {
  const files: Record<string, string> = { "index.js": withWs };
  const root = path.resolve(import.meta.dirname, "../../node_modules/ws");
  for (const name of [
    "package.json",
    "index.js",
    ...(await fs.readdir(path.join(root, "lib"))).map((file) => `lib/${file}`),
  ]) {
    files[`node_modules/ws/${name}`] = await fs.readFile(path.join(root, name), "utf8");
  }
  const fields = { Runtime: "Nodejs26", Type: "HTTP", Handler: "index.server", Timeout: 60, ProtocolType: "WS" };
  return new Site((await deploy(server, "node-chat", files, fields)).url);
}

async function speaks(site: Site): Promise<void> {
  const socket = await site.open("echo?room=7", ["first", "second"]);
  assert.equal(socket.protocol, "second");
  for (const message of ["", "grüß dich", "x".repeat(70_000)]) {
    socket.send(message);
    assert.equal(String((await once(socket, "message"))[0]), message);
  }
  socket.ping("there?");
  assert.equal(String((await once(socket, "pong"))[0]), "there?");
  socket.close(4001, "enough");
  assert.equal((await once(socket, "close"))[0], 4001);
  assert.deepEqual((await site.end(0)).slice(0, 2), [4001, "enough"]);
}

async function closesItself(site: Site): Promise<void> {
  const socket = await site.open("echo?room=");
  socket.send("close");
  assert.equal(await closeOf(socket), "3000 as you wish");
}

/** More than the buffers of the platform hold, sent before anything is taken back. */
async function echoesMuch(site: Site): Promise<void> {
  const socket = await site.open("echo?room=");
  const piece = Buffer.alloc(1_000_000, "0123456789");
  let received = 0;
  const all = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      assert.ok(data.equals(piece));
      received += data.length;
      if (received === 10_000_000) resolve();
    });
  });
  socket.pause();
  for (let sent = 0; sent < 10; sent++) socket.send(piece);
  await site.ended(); // the instance serves others meanwhile
  socket.resume();
  await all;
  socket.close();
  await once(socket, "close");
}

/** One that only reads, and one that only writes; the best of three, as other tests use the machine, too. */
async function hearsOfOneThatVanishes(site: Site): Promise<void> {
  for (const target of ["echo?room=", "ticks"]) {
    const seconds: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = (await site.ended()).length;
      const socket = await site.open(target);
      const at = Date.now() / 1_000;
      socket.terminate();
      const [code, reason, endedAt] = await site.end(before);
      assert.ok(code === 1006 || reason === "send", `${code} ${reason}`);
      seconds.push(endedAt - at);
    }
    assert.ok(Math.min(...seconds) < 0.1, `${target}: ${seconds.join(", ")} s`);
  }
}

async function denialOf(site: Site, target: string): Promise<string> {
  const socket = site.begin(target);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage]; // as ws documents it
  const denial = `${response.statusCode} ${await text(response)}`;
  socket.on("error", () => undefined); // it is given up before it is open
  socket.terminate();
  return denial;
}

async function closeOf(socket: WebSocket): Promise<string> {
  const [code, reason] = await once(socket, "close");
  return `${code} ${String(reason)}`;
}

describe("WebSockets of functions", () => {
  it("of an unmodified Starlette application, as a process", { timeout: 60_000 }, async () => {
    await using server = await startServer({ environment: { GUST_SANDBOX: "process" } });
    const site = await deployStarlette(server, "chat");
    await speaks(site);
    await closesItself(site);
    await echoesMuch(site);
    await hearsOfOneThatVanishes(site);
    assert.equal(await denialOf(site, "denied"), "403 ");
    assert.equal(await denialOf(site, "explained"), "418 not today");
    assert.equal(await closeOf(site.begin("broken")), "1011 ");
    const silent = await deployStarlette(server, "silent", { ProtocolParams: { WSParams: { IdleTimeOut: 1 } } });
    const short = await deployStarlette(server, "short", { Timeout: 1 });
    const closes = await Promise.all([silent.begin("echo?room="), short.begin("ticks")].map(closeOf));
    assert.deepEqual(closes, ["1001 silent for 1 s", "1001 the time limit of the function is reached"]);
  });

  it("in a container", { timeout: 60_000, skip: withoutContainers }, async () => {
    await using server = await startServer({ environment: { GUST_SANDBOX: "oci" } });
    const site = await deployStarlette(server, "chat");
    const inNode = await deployWs(server);
    for (const each of [site, inNode]) {
      await speaks(each);
      await hearsOfOneThatVanishes(each);
    }
  });

  it("of an unmodified server with ws, as a process", { timeout: 60_000 }, async () => {
    await using server = await startServer({ environment: { GUST_SANDBOX: "process" } });
    const site = await deployWs(server);
    await speaks(site);
    await closesItself(site);
    await echoesMuch(site);
    await hearsOfOneThatVanishes(site);
  });
});
