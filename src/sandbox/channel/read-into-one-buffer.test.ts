import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { finished } from "node:stream/promises";
import { frame } from "./codec/frames.ts";
import { SocketChannel } from "./socket-channel.ts";
import { settle } from "./testing/listener.ts";
import { encodeFrame } from "./testing/runtime-peer.ts";

const hello = encodeFrame(frame.ready, 0, Buffer.from(JSON.stringify({ protocol: 1, runtime: "peer", version: "1" })));
const gone = { reason: "end", message: "the runtime closed the channel" };

/** A runtime's end, and ours, from which a head has been read as boxes' connections are told apart by. */
describe("the channel of a socket that others have read from", () => {
  let directory: string;
  let server: Server;
  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "gust-channel-"));
    server = createServer({ pauseOnConnect: true });
    server.listen(path.join(directory, "socket"));
    await once(server, "listening");
  });
  after(async () => {
    server.close(); // hangs where a connection is still counted
    await once(server, "close");
    await rm(directory, { recursive: true });
  });

  async function connected(): Promise<{ readonly runtime: Socket; readonly platform: Socket }> {
    const accepted: Promise<Socket[]> = once(server, "connection");
    const runtime = connect(path.join(directory, "socket"));
    const [platform] = await accepted;
    assert.ok(platform !== undefined);
    runtime.write("head");
    while (platform.read(4) === null) await once(platform, "readable");
    return { runtime, platform };
  }

  /** Resolves when our end has read all of it, and waits for a reader of its own. */
  async function sayAndEnd(runtime: Socket): Promise<void> {
    runtime.end(hello);
    await once(runtime, "finish");
    await settle();
  }

  async function heardFrom(platform: Socket): Promise<{ readonly runtime: string; readonly close: object }> {
    const channel = new SocketChannel(platform);
    const signal = AbortSignal.timeout(5_000);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("The channel was not told of its end")));
    });
    const runtime = await channel.ready({ signal }).then(
      (said) => said.runtime,
      (error: Error) => error.message,
    );
    return { runtime, close: await Promise.race([channel.closed, late]) };
  }

  it("has what came before it, and what comes", async () => {
    const { runtime, platform } = await connected();
    runtime.write(hello.subarray(0, 10));
    while (platform.readableLength < 10) await once(platform, "readable");
    const heard = heardFrom(platform);
    runtime.end(hello.subarray(10));
    assert.deepEqual(await heard, { runtime: "peer", close: gone });
  });

  it("has what came before it, and hears of the end that came with it", async () => {
    const { runtime, platform } = await connected();
    await sayAndEnd(runtime);
    assert.deepEqual([platform.readableLength, platform.destroyed], [hello.length, false]);
    assert.deepEqual(await heardFrom(platform), { runtime: "peer", close: gone });
  });

  it("hears of its end when the connection was closed and gone before", async () => {
    const { runtime, platform } = await connected();
    runtime.end();
    await once(platform, "close");
    assert.deepEqual(await heardFrom(platform), { runtime: "The sandbox has ended", close: gone });
  });

  it("hears of its end when the connection is destroyed in the very turn, and has what came before that", async () => {
    const { runtime, platform } = await connected();
    await sayAndEnd(runtime);
    assert.equal(platform.readableLength, hello.length);
    platform.destroy();
    assert.deepEqual(await heardFrom(platform), { runtime: "peer", close: gone });
  });

  it("hears of its end when the runtime died with something unread", async () => {
    const { runtime, platform } = await connected();
    platform.write("unread");
    runtime.destroy();
    await finished(platform).catch(() => undefined); // by ECONNRESET
    assert.deepEqual(await heardFrom(platform), { runtime: "The sandbox has ended", close: gone });
  });
});
