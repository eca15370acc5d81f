import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeCall } from "../../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../../tests/conformance/runtime-client.ts";
import { withPackage } from "../testing/with-package.ts";

const wish = ["Host", "x.test", "x-forwarded-for", "1.2.3.4", "connection", "Upgrade", "upgrade", "websocket"];
const switching = JSON.stringify(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\nX-A: 1\r\n\r\n",
);

/** A server whose 'upgrade' event is handled like this. */
function withUpgrade(listener: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> {
  const source = `
const server = require("node:http").createServer((req, res) => req.on("end", () => res.end("plain " + req.headers.upgrade)).resume());
server.on("upgrade", ${listener});
module.exports = { server };`;
  return withPackage({ "index.js": source }, { form: "http", handler: "index.server" }, test);
}

const begin = (client: RuntimeClient): RuntimeCall => client.request("GET", "/a?b", wish);

const ends: Record<string, [listener: string, answer: string]> = {
  "answers 101 in pieces, and ends": [
    `(req, socket) => { for (const piece of ${switching}.match(/.{1,7}/gs)) socket.write(piece); socket.end("bye") }`,
    "101 X-A,1 bye",
  ],
  "answers 101 and more in one piece": [`(req, socket) => socket.end(${switching} + "bye")`, "101 X-A,1 bye"],
  "refuses by hand": [
    "(req, socket) => { socket.once('finish', socket.destroy); socket.end('HTTP/1.1 401 Unauthorized\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nno') }",
    "401 Content-Length,2 no",
  ],
  "closes without an answer": [
    "(req, socket) => socket.destroy()",
    "user: The handler closed the connection of an upgrade",
  ],
  "ends without an answer": [
    "(req, socket) => socket.end()",
    "bad-result: The connection of an upgrade was ended without an answer",
  ],
  "writes something else": [
    "(req, socket) => socket.write('hello\\r\\n\\r\\n')",
    "user: What was written to the connection of an upgrade is no HTTP answer",
  ],
  "writes a head without an end": [
    "(req, socket) => { for (let i = 0; i < 70; i++) socket.write('x'.repeat(1024)) }",
    "user: What was written to the connection of an upgrade is no HTTP answer",
  ],
  throws: ["() => { throw new Error('on purpose') }", "user: on purpose"],
  "looks at its request and its socket": [
    `(req, socket, head) => socket.end(${switching} + [req.method, req.url, req.socket === socket, head.length, socket.remoteAddress, socket.encrypted])`,
    "101 X-A,1 GET,/a?b,true,0,1.2.3.4,false",
  ],
};

describe("the 'upgrade' event of an exported server", () => {
  for (const [what, [listener, expected]] of Object.entries(ends)) {
    it(`ends as it should when its listener ${what}`, () =>
      withUpgrade(listener, async (client) => {
        const { status, pairs, body, failure } = await begin(client).answer;
        const answer =
          failure === null ? `${status} ${pairs.join()} ${body.toString()}` : `${failure.kind}: ${failure.message}`;
        assert.equal(answer, expected);
        const plain = await client.request("GET", "/", ["Host", "upgrade"]).answer;
        assert.equal(plain.body.toString(), "plain undefined", "the instance goes on");
      }));
  }

  it("is told of a client that ends, and of one that is gone", () =>
    withUpgrade(
      `(req, socket) => {
        socket.write(${switching});
        socket.on("end", () => { console.log("end"); socket.end("farewell") });
        socket.on("close", () => console.log("close"));
        socket.resume();
      }`,
      async (client) => {
        const ending = begin(client);
        await ending.head();
        ending.end();
        assert.equal((await ending.answer).body.toString(), "farewell");
        const gone = begin(client);
        await gone.head();
        gone.cancel(1);
        await gone.answer;
        while (client.logs.filter(({ text }) => text === "close").length < 2) await client.ping();
        assert.equal(client.logs.filter(({ text }) => text === "end").length, 1);
      },
    ));

  it("carries both directions within their credit", () =>
    withUpgrade(
      `(req, socket) => {
        socket.write(${switching});
        socket.pause();
        let isFull = false;
        while (!isFull) isFull = !socket.write(Buffer.alloc(100_000, 7));
        socket.once("drain", () => socket.pipe(socket));
      }`,
      async (client) => {
        const call = begin(client);
        call.isGranting = false;
        await call.head();
        void call.write(Buffer.alloc(1_000_000, 8));
        while (call.receivedBytes < 262_144 && call.receivedBytes % 100_000 !== 0) await client.ping();
        for (let turn = 0; turn < 5; turn++) await client.ping();
        assert.equal(call.sendCredit, 0, "nothing is read while the socket is paused");
        const first = call.receivedBytes;
        call.isGranting = true;
        call.grant(first);
        while (call.receivedBytes < first + 1_000_000) await client.ping();
        assert.equal(client.overdrawn, 0);
        call.cancel(1);
        await call.answer;
      },
    ));

  it("is not sent where nobody listens for it: the request is a plain one", () =>
    withPackage(
      { "index.js": "exports.handler = (req, res) => req.on('end', () => res.end('plain')).resume()" },
      { form: "http", handler: "index.handler" },
      async (client) => assert.equal((await begin(client).answer).body.toString(), "plain"),
    ));

  it("is a plain request for a Web-standard handler", () =>
    withPackage(
      {
        "index.js":
          "exports.handler = async (request) => new Response(request.headers.get('upgrade') + (await request.text()))",
      },
      { form: "http", handler: "index.handler" },
      async (client) => assert.equal((await begin(client).answer).body.toString(), "websocket"),
    ));
});
