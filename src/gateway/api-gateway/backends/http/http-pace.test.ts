import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "node:test";
import type { Writable } from "node:stream";
import { serviceHost } from "../../../testing/published-service.ts";
import { startBackEnd } from "../../../testing/started-back-end.ts";

const piece = Buffer.alloc(1_048_576, "x");
const pieces = 32;
const bytes = pieces * piece.length;

/** What sockets of the system and buffers of streams may hold on both hops; a gateway that does not wait takes all there is. */
const mostHeld = (bytes * 2) / 3;

/** Writes a body, and counts what of it has left. */
function send(stream: Writable) {
  const sent = { bytes: 0 };
  const next = (count: number): void => {
    if (count === pieces) return void stream.end();
    stream.write(piece, () => {
      sent.bytes += piece.length;
      next(count + 1);
    });
  };
  next(0);
  return sent;
}

async function bytesOf(message: http.IncomingMessage): Promise<number> {
  let sum = 0;
  for await (const chunk of message) sum += chunk.length;
  return sum;
}

/** A gateway before a server, and clients of it. */
async function start(onRequest: http.RequestListener) {
  const started = await startBackEnd(onRequest);
  const open = (path: string) => {
    const at = { host: "127.0.0.1", port: started.port, path: `/release/a/${path}`, headers: { host: serviceHost } };
    const request = http.request({ ...at, method: "POST", agent: false, signal: AbortSignal.timeout(20_000) });
    return request.on("error", () => undefined); // whoever waits for the answer hears of it
  };
  return { open, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

describe("the pace of an HTTP back end and its client", () => {
  it("is the back end's for what the client sends", async () => {
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
    const { promise: mayRead, resolve: read } = Promise.withResolvers<void>();
    await using started = await start((request, response) => {
      const isSlow = request.url === "/back/slow";
      if (isSlow) hold();
      void (isSlow ? mayRead : Promise.resolve()).then(() => bytesOf(request)).then((sum) => response.end(String(sum)));
    });
    const slow = started.open("slow");
    const sent = send(slow);
    await isHeld;
    const beside = started.open("quick");
    send(beside);
    const [quick]: http.IncomingMessage[] = await once(beside, "response"); // as much has gone through: this had its time, too
    quick?.resume();
    assert.ok(sent.bytes < mostHeld, `${sent.bytes} bytes were taken for a back end that reads none`);
    read();
    const [answer]: http.IncomingMessage[] = await once(slow, "response");
    assert.ok(answer);
    assert.equal(String(await answer.setEncoding("utf8").toArray()), String(bytes));
  });

  it("is the client's for what the back end answers", async () => {
    const sent: { bytes: number }[] = [];
    await using started = await start((_request, response) => void sent.push(send(response)));
    const slow = started.open("slow").end();
    const [answer]: http.IncomingMessage[] = await once(slow, "response");
    assert.ok(answer);
    const beside = started.open("quick").end();
    const [quick]: http.IncomingMessage[] = await once(beside, "response");
    assert.ok(quick);
    assert.equal(await bytesOf(quick), bytes); // as much has gone through: the other had its time, too
    assert.ok((sent[0]?.bytes ?? bytes) < mostHeld, `${sent[0]?.bytes} bytes were taken for a client that reads none`);
    assert.equal(await bytesOf(answer), bytes);
  });
});
