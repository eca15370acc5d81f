import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RawClient } from "../../testing/raw-client.ts";
import { startGateway } from "../../testing/started-gateway.ts";

const host = "Host: hello-abcd1234.localhost\r\n";
const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const wish = (path: string, connection = "Upgrade"): string =>
  `GET ${path} HTTP/1.1\r\n${host}Connection: ${connection}\r\nUpgrade: websocket\r\n\r\n`;
const answered = (text: string): unknown[] => [...text.matchAll(/"path":"(\/\w+)"/g)].map((match) => match[1]);

describe("a wish for another protocol that is not met", () => {
  it("is answered, and so is what came behind it, again and again", async () => {
    await using started = await startGateway();
    await using client = await RawClient.connect(started.port);
    const paths = Array.from({ length: 12 }, (_, n) => [`/${n}a`, `/${n}b`]);
    for (const [first = "", second = ""] of paths) {
      client.send(wish(first) + get(second));
      await client.until(new RegExp(`"path":"${second}"`));
    }
    client.send(wish("/last", "close, Upgrade"));
    assert.deepEqual(answered(await client.closed()), [...paths.flat(), "/last"]);
  });

  it("is the last that is answered where it came behind others, and its client is told", async () => {
    await using started = await startGateway();
    await using client = await RawClient.connect(started.port);
    client.send(get("/1") + wish("/2") + get("/3"));
    const text = await client.closed();
    assert.deepEqual(answered(text), ["/1", "/2"]);
    assert.match(text, /"path":"\/1"[^]*\r\nConnection: close\r\n[^]*"path":"\/2"/);
  });

  it("is the last where it has a body, behind which nothing is heard", async () => {
    await using started = await startGateway();
    await using client = await RawClient.connect(started.port);
    const fields = `${host}Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n`;
    client.send(`POST /1 HTTP/1.1\r\n${fields}\r\nabc${get("/2")}`);
    const text = await client.closed();
    assert.deepEqual(answered(text), ["/1"]);
    assert.match(text, /\r\nConnection: close\r\n/);
  });
});
