import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { peerOf } from "../client-line.ts";
import { createDirectReader, type DirectRequest } from "./direct-request.ts";

const host = "Host: a.localhost\r\n";

function read(text: string, headerBytes = 16_384): DirectRequest | null {
  return createDirectReader(peerOf("10.0.0.1", false), headerBytes)(Buffer.from(text, "latin1"));
}

const notSimple: Readonly<Record<string, string>> = {
  "half a head": `GET / HTTP/1.1\r\n${host}`,
  "HTTP/1.0": `GET / HTTP/1.0\r\n${host}\r\n`,
  "no version": "GET /\r\n\r\n",
  "an unusual method": `PURGE / HTTP/1.1\r\n${host}\r\n`,
  "a method in lower case": `get / HTTP/1.1\r\n${host}\r\n`,
  "two spaces": `GET  / HTTP/1.1\r\n${host}\r\n`,
  "a fragment": `GET /#a HTTP/1.1\r\n${host}\r\n`,
  "a space in the target": `GET /a b HTTP/1.1\r\n${host}\r\n`,
  "an absolute target": `GET http://a.localhost/ HTTP/1.1\r\n${host}\r\n`,
  "a control character in the target": `GET /\u0001 HTTP/1.1\r\n${host}\r\n`,
  "an empty line in front": `\r\nGET / HTTP/1.1\r\n${host}\r\n`,
  "no host": "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
  "two hosts": `GET / HTTP/1.1\r\n${host}${host}\r\n`,
  "a bare line feed": `GET / HTTP/1.1\nHost: a\n\n`,
  "a bare line feed in a value": `GET / HTTP/1.1\r\n${host}X: a\nb\r\n\r\n`,
  "a bare carriage return": `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`,
  "a folded line": `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`,
  "a space before the colon": `GET / HTTP/1.1\r\n${host}X : a\r\n\r\n`,
  "an empty name": `GET / HTTP/1.1\r\n${host}: a\r\n\r\n`,
  "NUL in a value": `GET / HTTP/1.1\r\n${host}X: \0\r\n\r\n`,
  "a line without a colon": `GET / HTTP/1.1\r\n${host}X\r\n\r\n`,
  "a named hop": `GET / HTTP/1.1\r\n${host}Connection: keep-alive, x\r\n\r\n`,
  "another protocol": `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  "a protocol without a wish": `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\n\r\n`,
  "an expectation": `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nExpect: 100-continue\r\n\r\na`,
  "an odd expectation": `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nExpect: x\r\n\r\na`,
  "a chunked body": `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "length and chunked": `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "two lengths": `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`,
  "two lengths, one of none": `POST / HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: 1\r\n\r\na`,
  "a signed length": `POST / HTTP/1.1\r\n${host}Content-Length: +1\r\n\r\na`,
  "an empty length": `POST / HTTP/1.1\r\n${host}Content-Length:\r\n\r\n`,
  "half a body": `POST / HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\na`,
  "more than a body": `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\nab`,
  "a second request": `GET / HTTP/1.1\r\n${host}\r\nGET / HTTP/1.1\r\n${host}\r\n`,
  "a large head": `GET /${"a".repeat(16_384)} HTTP/1.1\r\n${host}\r\n`,
  TLS: "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc",
};

describe("reading requests directly", () => {
  it("reads a simple request as Node's parser would", () => {
    const request = read(
      `POST /a?b=%20 HTTP/1.1\r\n${host}X-A:  b \t c\t \r\nx-a:\r\nX-B: \u00e9\u00a0\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\n\u00ff\0`,
    );
    assert.ok(request !== null);
    assert.deepEqual([request.method, request.url, request.body], ["POST", "/a?b=%20", Buffer.from([255, 0])]);
    assert.deepEqual(request.rawHeaders.slice(0, 8), [
      "Host",
      "a.localhost",
      "X-A",
      "b \t c",
      "x-a",
      "",
      "X-B",
      "\u00e9\u00a0",
    ]);
    assert.deepEqual(request.headers["x-a"], "b \t c, ");
    assert.deepEqual([request.head.hostName, request.head.bodyLength], ["a.localhost", 2]);
    assert.ok(request.head.endToEnd.includes("10.0.0.1"));
  });

  for (const [name, text] of Object.entries(notSimple)) {
    it(`leaves ${name} to Node's parser`, () => assert.equal(read(text), null));
  }

  it("reads a wish to close", () => {
    assert.equal(read(`GET / HTTP/1.1\r\n${host}Connection: Close\r\n\r\n`)?.isLast, true);
    assert.equal(read(`GET / HTTP/1.1\r\n${host}Connection: keep-alive\r\n\r\n`)?.isLast, false);
  });

  it("gives the same request for the same bytes, and the same head for the same fields", () => {
    const reader = createDirectReader(peerOf("10.0.0.1", false), 16_384);
    const first = reader(Buffer.from(`GET /1 HTTP/1.1\r\n${host}\r\n`));
    assert.equal(first?.isRepeated, false);
    const again = reader(Buffer.from(`GET /1 HTTP/1.1\r\n${host}\r\n`));
    assert.equal(again, first);
    assert.equal(again?.isRepeated, true);
    const second = reader(Buffer.from(`GET /2 HTTP/1.1\r\n${host}\r\n`));
    assert.equal(second?.url, "/2");
    assert.equal(second.head, first?.head);
    assert.equal(reader(Buffer.from(`GET /2 HTTP/1.1\r\nHost: b.localhost\r\n\r\n`))?.head.hostName, "b.localhost");
  });

  it("tells the bodies of requests with the same head apart", () => {
    const reader = createDirectReader(peerOf("10.0.0.1", false), 16_384);
    const bodies = ["ab", "cd", "ab"].map((body) =>
      reader(Buffer.from(`POST / HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n${body}`))?.body?.toString(),
    );
    assert.deepEqual(bodies, ["ab", "cd", "ab"]);
    assert.equal(reader(Buffer.from(`POST / HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\nabc`)), null);
  });
});
