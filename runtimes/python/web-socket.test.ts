import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeCall } from "../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../tests/conformance/runtime-client.ts";
import { withPackage } from "./testing/with-package.ts";

const handshake = [
  ["Host", "x.test", "sec-websocket-version", "13", "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ["Sec-WebSocket-Protocol", "a, b", "x-forwarded-proto", "https", "connection", "Upgrade", "upgrade", "websocket"],
].flat();

/** An application whose WebSockets do this. */
const app = (body: string): string => `
import asyncio, json
async def app(scope, receive, send):
    if scope['type'] != 'websocket': raise ValueError('no lifespan')
    ${body.replaceAll("\n", "\n    ")}
`;

const echo = app(`
await receive()
await send({"type": "websocket.accept"})
while True:
    message = await receive()
    print(json.dumps({key: message[key] for key in message if key != "bytes"}))
    if message["type"] == "websocket.disconnect": return
    await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})
`);

function withApp(source: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> {
  return withPackage({ "index.py": source }, { form: "http", handler: "index.app" }, test);
}

/** As a client sends it, masked with zeros. */
function frame(first: number, payload: Uint8Array | string): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(bytes.length < 126 ? 6 : 14);
  head[0] = first;
  head[1] = 0x80 | (bytes.length < 126 ? bytes.length : 127);
  if (bytes.length >= 126) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

function begin(client: RuntimeClient): RuntimeCall {
  return client.request("GET", "/chat?room=1", handshake);
}

/** What a WebSocket comes to whose client says this: bytes of the runtime in hexadecimal, failure. */
async function say(client: RuntimeClient, bytes: Buffer): Promise<{ said: string; failure: string | null }> {
  const call = begin(client);
  assert.equal((await call.head()).status, 101);
  void call.write(bytes);
  const { body, failure } = await call.answer;
  return { said: body.toString("hex"), failure: failure?.message ?? null };
}

const closeOf = (code: number, reason: string): string =>
  `88${(2 + reason.length).toString(16).padStart(2, "0")}${code.toString(16).padStart(4, "0")}${Buffer.from(reason).toString("hex")}`;

describe("a WebSocket of an ASGI application", () => {
  it("gives the scope of ASGI, and takes headers and a subprotocol", () =>
    withApp(
      app(`
scope.pop("state"), scope.pop("raw_path")
scope["headers"] = scope["query_string"] = None
await send({"type": "websocket.accept", "subprotocol": "b", "headers": [(b"x-a", b"1"), (b"upgrade", b"mine")]})
await send({"type": "websocket.send", "text": json.dumps(scope)})
await send({"type": "websocket.close", "code": 4000, "reason": "done"})
await send({"type": "websocket.close"})
`),
      async (client) => {
        const { pairs, body } = await begin(client).answer;
        const accepted = ["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="];
        assert.deepEqual(pairs, [...accepted, "x-a", "1", "sec-websocket-protocol", "b"]);
        const text = body.subarray(4, -8).toString();
        const { asgi, ...scope } = JSON.parse(text);
        assert.equal(asgi.version, "3.0");
        assert.deepEqual(scope, {
          type: "websocket",
          scheme: "wss",
          path: "/chat",
          root_path: "",
          http_version: "1.1",
          headers: null,
          query_string: null,
          subprotocols: ["a", "b"],
          client: null,
          server: ["x.test", 443],
          extensions: { "websocket.http.response": {} },
        });
        assert.equal(body.subarray(-8).toString("hex"), closeOf(4000, "done"));
      },
    ));

  it("closes with the code of what the client broke, and tells the application", () =>
    withApp(echo, async (client) => {
      const broken: [bytes: Buffer, code: number, reason: string][] = [
        [Buffer.from("810568656c6c6f", "hex"), 1002, "a frame of a client is not masked"],
        [frame(0x81, Buffer.from([0xc3])), 1007, "a text is not UTF-8"],
        [frame(0xc2, "x"), 1002, "a frame has a reserved bit set"],
        [frame(0x88, Buffer.from([3, 0xed])), 1002, "a Close has a code that may not be sent"],
      ];
      for (const [bytes, code, reason] of broken) {
        assert.deepEqual(await say(client, bytes), { said: closeOf(code, reason), failure: null });
        assert.match(client.logs.at(-1)?.text ?? "", new RegExp(`"code": ${code}, "reason": "${reason}"`));
      }
      const long = await say(
        client,
        Buffer.concat([frame(0x02, Buffer.alloc(9_000_000)), frame(0x80, Buffer.alloc(9_000_000))]),
      );
      assert.equal(long.said, closeOf(1009, "a message has more than 16777216 bytes"));
    }));

  it("joins messages in pieces, answers pings between them, and a Close", () =>
    withApp(echo, async (client) => {
      const call = begin(client);
      await call.head();
      await call.write(Buffer.concat([frame(0x01, "he"), frame(0x89, "?"), frame(0x80, "y")]));
      while (call.receivedBytes < 8) await client.ping();
      await call.write(frame(0x88, ""));
      assert.equal((await call.answer).body.toString("hex"), "8a013f81036865798800");
      assert.match(client.linesOf(call.id).at(-1) ?? "", /"code": 1005/);
    }));

  it("hears of the end of the client's side, and of a client that is gone, at once", () =>
    withApp(echo, async (client) => {
      for (const leave of [(call: RuntimeCall) => call.end(), (call: RuntimeCall) => call.cancel(1)]) {
        const call = begin(client);
        await call.head();
        leave(call);
        await call.answer;
        assert.deepEqual(client.linesOf(call.id), ['{"type": "websocket.disconnect", "code": 1006, "reason": ""}']);
      }
    }));

  it("sends within its credit, and reads no more than the application takes", () =>
    withApp(
      app(`
await send({"type": "websocket.accept"})
while True:
    print("reading")
    message = await receive()
    if message["type"] == "websocket.disconnect": return
    await send({"type": "websocket.send", "bytes": bytes(1_000_000)})
`),
      async (client) => {
        const call = begin(client);
        call.isGranting = false;
        await call.head();
        await call.write(frame(0x81, "go"));
        while (call.receivedBytes < 262_144) await client.ping();
        void call.write(Buffer.concat(Array.from({ length: 20 }, () => frame(0x82, Buffer.alloc(100_000)))));
        for (let turn = 0; turn < 10; turn++) await client.ping();
        assert.equal(call.sendCredit, 0, "what the application does not take is not given back");
        assert.equal(client.overdrawn, 0);
        assert.deepEqual(client.linesOf(call.id), ["reading"]);
        call.cancel(1);
        await call.answer;
      },
    ));

  const ends: Record<string, [source: string, status: number, said: string, failure: string | null]> = {
    "returns at once": ["pass", 0, "", "the application returned without accepting or closing the WebSocket"],
    "closes before it accepts": ['await send({"type": "websocket.close"})', 403, "", null],
    "answers by itself": [
      'await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"x", b"y")]})\nawait send({"type": "websocket.http.response.body", "body": b"no"})',
      401,
      Buffer.from("no").toString("hex"),
      null,
    ],
    "returns while it is open": ['await send({"type": "websocket.accept"})', 101, closeOf(1000, ""), null],
    "raises while it is open": [
      'await send({"type": "websocket.accept"})\nraise ValueError("no")',
      101,
      closeOf(1011, ""),
      "no",
    ],
    "closes with a code that may not be sent": [
      'await send({"type": "websocket.accept"})\nawait send({"type": "websocket.close", "code": 1006})',
      101,
      closeOf(1011, ""),
      "1006 is no code that a Close may have",
    ],
    "sends before it accepts": [
      'await send({"type": "websocket.send", "text": "x"})',
      0,
      "",
      "websocket.send was sent before websocket.accept",
    ],
  };

  for (const [what, [source, status, said, failure]] of Object.entries(ends)) {
    it(`ends as it should when the application ${what}`, () =>
      withApp(app(source), async (client) => {
        const answer = await begin(client).answer;
        assert.deepEqual(
          [answer.status, answer.body.toString("hex"), answer.failure?.message ?? null],
          [status, said, failure],
        );
      }));
  }

  it("is a plain request for a WSGI application", () =>
    withApp(
      "def app(environ, start_response):\n    start_response('426 Upgrade Required', [])\n    return [environ['HTTP_UPGRADE'].encode() + environ['wsgi.input'].read()]\n",
      async (client) => {
        const { status, body } = await begin(client).answer;
        assert.deepEqual([status, body.toString()], [426, "websocket"]);
      },
    ));
});
