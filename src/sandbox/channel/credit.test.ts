import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as fc from "fast-check";
import type { ChannelCall } from "./channel.ts";
import { frame, initialCredit, maxDataBytes } from "./codec/frames.ts";
import { emptyHead, head, Listener, settle } from "./testing/listener.ts";
import { RuntimePeer } from "./testing/runtime-peer.ts";

/** One call as the runtime's end knows it. */
interface Side {
  readonly id: number;
  readonly call: ChannelCall;
  readonly listener: Listener;
  /** Request bytes the platform may still send, by what the runtime has granted. */
  requestCredit: number;
  written: number;
  /** Response bytes the runtime may still send, by the WINDOWs it got. */
  responseCredit: number;
  sent: number;
  granted: number;
}

const step = fc.record({
  action: fc.constantFrom("write", "window", "respond", "grant", "turn"),
  call: fc.nat({ max: 3 }),
  bytes: fc.oneof(fc.nat({ max: 2_000 }), fc.integer({ min: 30_000, max: 300_000 })),
});

describe("credit", () => {
  it("is never exceeded in either direction, and no byte is lost, under any schedule", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const { peer, sides } = await openSides(4);
        for (const { action, call, bytes } of steps) {
          const side = sides[call];
          assert.ok(side !== undefined);
          act(peer, side, action, bytes);
          if (action === "turn") await nextTurn();
        }
        for (let round = 0; round < 40; round++) {
          for (const side of sides) {
            act(peer, side, "window", initialCredit);
            act(peer, side, "grant", initialCredit);
          }
          await settle();
        }
        for (const side of sides) {
          const arrived = Buffer.concat(peer.of(frame.data, side.id).map(({ payload }) => payload));
          assert.ok(arrived.equals(pattern(0, side.written)), `${arrived.length} of ${side.written} bytes arrived`);
          assert.ok(side.listener.received.equals(pattern(0, side.sent)));
          assert.deepEqual(side.listener.heard, ["head 200 -"]);
        }
        peer.channel.close("done");
      }),
      { numRuns: 60 },
    );
  });

  it("opens the window no wider for a consumer that counts wrongly", async () => {
    const { peer, sides } = await openSides(1);
    const [side] = sides;
    assert.ok(side !== undefined);
    act(peer, side, "respond", 40_000);
    await settle();
    side.call.grant(1_000_000);
    await settle();
    assert.equal(side.responseCredit, initialCredit);
    peer.channel.close("done");
  });

  it("is held against a runtime that sends beyond what it was given back", async () => {
    const { peer, sides } = await openSides(1);
    const [side] = sides;
    assert.ok(side !== undefined);
    for (let index = 0; index < 4; index++) act(peer, side, "respond", maxDataBytes);
    await settle();
    act(peer, side, "grant", 50_000);
    act(peer, side, "grant", 10_000);
    await settle();
    assert.equal(side.responseCredit, 50_000, "60,000 bytes were taken: one step, and one that waits for its step");
    peer.send(frame.data, side.id, Buffer.alloc(50_000));
    await settle();
    assert.equal(side.listener.received.length, initialCredit + 50_000);
    peer.send(frame.data, side.id, Buffer.alloc(1));
    assert.equal((await peer.channel.closed).message, "DATA beyond its credit");
  });
});

async function openSides(count: number): Promise<{ peer: RuntimePeer; sides: Side[] }> {
  const peer = await RuntimePeer.initialized();
  const opened = Array.from({ length: count }, () => {
    const listener = new Listener();
    return { listener, call: peer.channel.open(head, listener) };
  });
  await settle();
  const ids = peer.of(frame.call).map(({ call }) => call);
  const sides = opened.map(({ listener, call }, index) => ({
    id: ids[index] ?? 0,
    call,
    listener,
    requestCredit: initialCredit,
    written: 0,
    responseCredit: initialCredit,
    sent: 0,
    granted: 0,
  }));
  peer.onFrame = ({ type, call, payload }) => {
    const side = sides.find(({ id }) => id === call);
    if (side === undefined) return;
    if (type === frame.data) side.requestCredit -= payload.length;
    if (type === frame.window) side.responseCredit += payload.readUInt32LE(0);
    assert.ok(side.requestCredit >= 0, "the platform sent beyond its credit");
    assert.ok(side.responseCredit <= initialCredit, "the platform gave more credit than a call has");
  };
  for (const { id } of sides) peer.send(frame.head, id, emptyHead);
  await settle();
  return { peer, sides };
}

function act(peer: RuntimePeer, side: Side, action: "write" | "window" | "respond" | "grant" | "turn", bytes: number) {
  if (action === "write") {
    side.call.write(pattern(side.written, bytes));
    side.written += bytes;
  }
  if (action === "window") {
    const given = Math.min(bytes, initialCredit - side.requestCredit);
    side.requestCredit += given;
    peer.uint32(frame.window, side.id, given);
  }
  if (action === "respond") {
    const size = Math.min(bytes, side.responseCredit, maxDataBytes);
    peer.send(frame.data, side.id, pattern(side.sent, size));
    side.responseCredit -= size;
    side.sent += size;
  }
  if (action === "grant") {
    const taken = Math.min(bytes, side.listener.received.length - side.granted);
    side.granted += taken;
    side.call.grant(taken);
  }
}

const alphabet = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) & 255));

/** Bytes whose value depends on their position in the stream alone. */
function pattern(from: number, bytes: number): Buffer {
  const start = from % alphabet.length;
  return Buffer.alloc(bytes, Buffer.concat([alphabet.subarray(start), alphabet.subarray(0, start)]));
}
