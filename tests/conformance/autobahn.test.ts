import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WebSocketServer } from "ws";
import { deploy } from "../deployed-function.ts";
import { startServer } from "../running-server.ts";
import { installAutobahn, runAutobahn, type CaseResult, type Cases } from "./autobahn.ts";
import { packageOfWs } from "./package-of-ws.ts";

/** The classes of cases; limits and compression send megabytes and thousands of messages, and most of 6 tries the UTF-8 of ws, not the way to it. */
const usual: Cases = {
  run: [
    "1.*",
    "2.*",
    "3.*",
    "4.*",
    "5.*",
    "6.1.*",
    "6.2.*",
    "6.3.*",
    "7.*",
    "9.1.1",
    "9.2.1",
    "10.*",
    "12.1.1",
    "13.1.1",
  ],
  leaveOut: [],
};
/** Others by hand: `GUST_TEST_AUTOBAHN=9.*,12.*`. */
const asked = process.env["GUST_TEST_AUTOBAHN"];
const cases: Cases = asked === undefined ? usual : { run: asked.split(","), leaveOut: [] };

/** The package ws as it is, which says back what it hears. */
const options = { perMessageDeflate: true, maxPayload: 64 * 1024 * 1024, maxFragments: 0, maxBufferedChunks: 0 };
const echo = `
const { WebSocketServer } = require("ws");
const echo = (sockets) => sockets.on("connection", (socket) => {
  socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
  socket.on("error", () => undefined);
});
const options = ${JSON.stringify(options)};
`;
const service = `${echo}echo(new WebSocketServer({ port: Number(process.env.PORT), ...options }));\n`;
const handler = `${echo}const server = require("node:http").createServer();
echo(new WebSocketServer({ server, ...options }));
module.exports = { server };
`;

const autobahn = await installAutobahn();
const skip = typeof autobahn === "string" && autobahn;

test(
  "Autobahn's client finds a service and a function behind the gateway to be the server that they are",
  { skip },
  async () => {
    const site = typeof autobahn === "string" ? assert.fail() : autobahn.site;
    await using server = await startServer();
    await using direct = await echoHere();
    const packages = await packageOfWs();
    const bootstrap = { text: "#!/bin/sh\nexec node server.js\n", mode: 0o755 };
    const memory = { Type: "HTTP", MemorySize: 512 };
    await deploy(server, "service", { ...packages, "server.js": service, scf_bootstrap: bootstrap }, memory);
    const webSocket = { ProtocolType: "WS", ProtocolParams: { WSParams: { IdleTimeOut: 600 } }, Timeout: 900 };
    const asFunction = { ...memory, ...webSocket, Handler: "index.server" };
    await deploy(server, "function", { ...packages, "index.js": handler }, asFunction);
    const base = `ws://127.0.0.1:${server.port}/~default`;
    const [bare, proxied, called] = await Promise.all(
      [direct.url, `${base}/service/`, `${base}/function/`].map((url) => runAutobahn(site, url, cases)),
    );
    assert.ok(bare !== undefined && bare.size > 0);
    assert.deepEqual(failed(bare), []);
    assert.deepEqual(proxied, bare);
    assert.deepEqual(called, bare);
  },
);

function failed(results: ReadonlyMap<string, CaseResult>): string[] {
  const good = ["OK", "NON-STRICT", "INFORMATIONAL"]; // 6.4: invalid text is found at the end of its frame, not at its byte
  return [...results].flatMap(([id, { behavior, behaviorClose }]) =>
    good.includes(behavior) && good.includes(behaviorClose) ? [] : [`${id}: ${behavior}, ${behaviorClose}`],
  );
}

async function echoHere(): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  sockets.on("connection", (socket) => {
    socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
    socket.on("error", () => undefined);
  });
  await once(sockets, "listening");
  const { port } = sockets.address() as AddressInfo; // it listens on a port
  const close = (): Promise<void> => new Promise((resolve) => sockets.close(() => resolve()));
  return { url: `ws://127.0.0.1:${port}/`, [Symbol.asyncDispose]: close };
}
