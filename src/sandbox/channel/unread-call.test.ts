import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { frame } from "./codec/frames.ts";
import { SocketChannel } from "./socket-channel.ts";
import { head, Listener, settle } from "./testing/listener.ts";
import { encodeFrame, initMessage } from "./testing/runtime-peer.ts";

/** A channel over a real socket that takes calls, and the runtime's end, which reads nothing. */
async function deafRuntime(): Promise<{ channel: SocketChannel; runtime: Socket }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-channel-"));
  const server = createServer({ pauseOnConnect: true });
  server.listen(path.join(directory, "channel"));
  await once(server, "listening");
  const accepted: Promise<Socket[]> = once(server, "connection");
  const platform = connect(path.join(directory, "channel"));
  const [[runtime]] = await Promise.all([accepted, once(platform, "connect")]);
  const channel = new SocketChannel(platform);
  server.close();
  await rm(directory, { recursive: true });
  assert.ok(runtime !== undefined);
  const signal = AbortSignal.timeout(5_000);
  const say = (type: number, value: object): void =>
    void runtime.write(encodeFrame(type, 0, Buffer.from(JSON.stringify(value))));
  say(frame.ready, { protocol: 1, runtime: "peer", version: "1" });
  await channel.ready({ signal });
  const outcome = channel.init(initMessage, { signal });
  say(frame.initialized, { handler: "http" });
  await outcome;
  return { channel, runtime };
}

async function heardAtDeath(act: (channel: SocketChannel) => void): Promise<string[]> {
  const { channel, runtime } = await deafRuntime();
  const listener = new Listener();
  channel.open({ ...head, body: "" }, listener);
  act(channel);
  await settle();
  runtime.destroy();
  await channel.closed;
  return listener.heard;
}

it("says of the call that was sent last that it has not begun, when the runtime dies before it reads it", async () => {
  assert.deepEqual(await heardAtDeath(() => undefined), ["error not-begun"]);
});

it("does not say so of a call that something was sent after: it may have been read", async () => {
  const heard = await heardAtDeath((channel) => {
    channel.ping({ signal: AbortSignal.timeout(5_000) }).catch(() => undefined); // it dies instead
  });
  assert.deepEqual(heard, ["error exit"]);
});
