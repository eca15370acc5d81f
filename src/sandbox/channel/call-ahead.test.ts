import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { frame, maxDataBytes } from "./codec/frames.ts";
import { emptyHead, head, Listener, settle, wholeHead } from "./testing/listener.ts";
import { encodeFrame, initMessage, RuntimePeer } from "./testing/runtime-peer.ts";

const never = new AbortController().signal;
const initialized = encodeFrame(frame.initialized, 0, Buffer.from('{"handler":"http"}'));
const callHead = { ...head, body: "body" };

async function readyPeer(): Promise<RuntimePeer> {
  const peer = new RuntimePeer();
  peer.json(frame.ready, 0, { protocol: 1, runtime: "peer", version: "1" });
  await peer.channel.ready({ signal: never });
  return peer;
}

/** A channel whose runtime has INIT and a call behind it. */
async function sendAhead() {
  const peer = await readyPeer();
  const outcome = peer.channel.init(initMessage, { signal: never });
  const ahead = peer.channel.openAhead(callHead);
  await settle();
  assert.ok(ahead !== null);
  return { peer, outcome, ahead, id: peer.of(frame.call)[0]?.call ?? 0 };
}

describe("a call behind INIT", () => {
  it("leaves in the same write", async () => {
    const { peer } = await sendAhead();
    assert.deepEqual(
      peer.frames.map(({ type }) => type),
      [frame.init, frame.call],
    );
    assert.equal(peer.chunks, 1);
  });

  it("hears what came in the same bytes as INITIALIZED, in order, once it has a receiver", async () => {
    const { peer, outcome, ahead, id } = await sendAhead();
    const listener = new Listener();
    const lines: unknown[] = [];
    peer.channel.onLog = (requestId, { text }) => lines.push([requestId, text, ...listener.heard]);
    const log = encodeFrame(frame.log, id, Buffer.concat([Buffer.from([1]), Buffer.alloc(8), Buffer.from("line")]));
    const data = encodeFrame(frame.data, id, Buffer.from("text"));
    const parts = [
      initialized,
      encodeFrame(frame.head, id, emptyHead),
      data,
      log,
      encodeFrame(frame.end, id, Buffer.alloc(0)),
    ];
    peer.raw(Buffer.concat(parts));
    assert.equal((await outcome).kind, "initialized");
    assert.deepEqual([listener.heard, lines], [[], []]);
    ahead.begin(listener);
    await settle();
    assert.deepEqual(listener.heard, ["head 200 -", "end"]);
    assert.equal(listener.received.toString(), "text");
    assert.deepEqual(lines, [["r", "line", "head 200 -"]]);
  });

  it("is answered as any other, when the answer comes later", async () => {
    const { peer, outcome, ahead, id } = await sendAhead();
    const listener = new Listener();
    peer.raw(initialized);
    await outcome;
    ahead.begin(listener);
    await settle();
    peer.send(frame.head, id, wholeHead);
    await settle();
    assert.deepEqual(listener.heard, ["head 200 hi", "end"]);
    assert.equal(peer.channel.activeCalls, 0);
  });

  it("can be cancelled before it has begun", async () => {
    const { peer, ahead } = await sendAhead();
    ahead.cancel();
    await settle();
    assert.equal(peer.of(frame.cancel).length, 1);
  });

  it("breaks the protocol when it is answered before INITIALIZED", async () => {
    const { peer, outcome, id } = await sendAhead();
    peer.send(frame.head, id, wholeHead);
    assert.equal((await peer.channel.closed).reason, "protocol");
    const result = await outcome;
    assert.equal(result.kind === "failed" && result.failure.kind, "protocol");
  });

  it("has nobody's lines before INITIALIZED", async () => {
    const { peer, id } = await sendAhead();
    const owners: unknown[] = [];
    peer.channel.onLog = (requestId) => owners.push(requestId);
    peer.send(frame.log, id, Buffer.concat([Buffer.from([1]), Buffer.alloc(8), Buffer.from("line")]));
    await settle();
    assert.deepEqual(owners, [null]);
  });

  it("fails with the channel that ends between INITIALIZED and its beginning", async () => {
    const { peer, outcome, ahead } = await sendAhead();
    peer.raw(initialized);
    await outcome;
    peer.channel.close("over");
    const listener = new Listener();
    ahead.begin(listener);
    await settle();
    assert.deepEqual(listener.heard, ["error exit"]);
  });

  it("needs a whole small body, and a handler that is being loaded", async () => {
    const peer = await readyPeer();
    assert.equal(peer.channel.openAhead(callHead), null);
    const outcome = peer.channel.init(initMessage, { signal: never });
    assert.equal(peer.channel.openAhead(head), null);
    assert.equal(peer.channel.openAhead({ ...head, body: "x".repeat(maxDataBytes + 1) }), null);
    peer.raw(initialized);
    await outcome;
    assert.equal(peer.channel.openAhead(callHead), null);
  });
});
