import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as fc from "fast-check";
import type { CallReceiver } from "./channel.ts";
import { frame, initialCredit, maxDataBytes } from "./codec/frames.ts";
import { emptyHead, head, Listener, settle, switchingHead, wholeHead } from "./testing/listener.ts";
import { encodeFrame, initMessage, RuntimePeer } from "./testing/runtime-peer.ts";

describe("a channel", () => {
  it("puts small bodies into the head's frame, and streams larger ones", async () => {
    const peer = await RuntimePeer.initialized();
    peer.channel.open({ ...head, body: "x".repeat(maxDataBytes) }, new Listener());
    peer.channel.open({ ...head, body: "ü".repeat(maxDataBytes) }, new Listener());
    await settle();
    const [inline, streamed] = peer.of(frame.call);
    assert.equal(inline?.payload[0], 1);
    assert.equal(streamed?.payload[0], 0);
    assert.equal(Buffer.concat(peer.of(frame.data).map(({ payload }) => payload)).toString(), "ü".repeat(maxDataBytes));
    assert.equal(peer.of(frame.end).length, 1);
  });

  it("sends all frames of a turn in one write", async () => {
    const peer = await RuntimePeer.initialized();
    for (let index = 0; index < 100; index++) peer.channel.open({ ...head, body: "" }, new Listener());
    assert.equal(peer.frames.length, 0, "nothing goes out before the turn is over");
    await settle();
    assert.equal(peer.of(frame.call).length, 100);
    assert.equal(peer.chunks, 1);
  });

  it("never lets a late frame of an ended call reach the call that took its slot", async () => {
    const peer = await RuntimePeer.initialized();
    const first = new Listener();
    peer.channel.open({ ...head, body: "" }, first).abandon();
    const second = new Listener();
    peer.channel.open({ ...head, body: "" }, second);
    await settle();
    const [old, current] = peer.of(frame.call).map(({ call }) => call);
    assert.ok(old !== undefined && current !== undefined);
    peer.send(frame.head, old, emptyHead);
    peer.send(frame.data, old, Buffer.from("of the old call"));
    peer.send(frame.end, old);
    peer.send(frame.head, current, wholeHead);
    await settle();
    assert.deepEqual([first.heard, second.heard], [[], ["head 200 hi", "end"]]);
    assert.equal(second.received.length, 0);
  });

  it("tells the runtime of an abandoned call, so that it does not wait for credit", async () => {
    const peer = await RuntimePeer.initialized();
    peer.channel.open(head, new Listener()).abandon();
    await settle();
    assert.deepEqual(
      peer.frames.map(({ type }) => type),
      [frame.call, frame.cancel],
    );
  });

  it("gives both directions to the new protocol after 101, each with the credit of a body", async () => {
    const peer = await RuntimePeer.initialized();
    const listener = new Listener();
    const call = peer.channel.open({ ...head, method: "GET", body: "", isUpgrade: true }, listener);
    await settle();
    const id = peer.of(frame.call)[0]?.call ?? 0;
    assert.equal(peer.of(frame.call)[0]?.payload[0], 1, "the request itself is complete");
    assert.throws(() => call.write(Buffer.from("too early")));
    peer.send(frame.head, id, switchingHead);
    await settle();
    assert.equal(call.write(Buffer.alloc(initialCredit + 1)), false);
    await settle();
    const sent = peer.of(frame.data).reduce((sum, { payload }) => sum + payload.length, 0);
    assert.equal(sent, initialCredit);
    peer.uint32(frame.window, id, 2);
    peer.send(frame.data, id, Buffer.from("from the function"));
    await settle();
    assert.deepEqual([listener.drains, listener.received.toString()], [1, "from the function"]);
    call.end();
    await settle();
    assert.equal(peer.of(frame.end, id).length, 1);
    peer.send(frame.end, id);
    await settle();
    assert.deepEqual(listener.heard, ["head 101 -", "end"]);
  });

  it("hands informational heads on before the final one, but not many", async () => {
    const peer = await RuntimePeer.initialized();
    const listener = new Listener();
    peer.channel.open({ ...head, body: "" }, listener);
    await settle();
    const call = peer.of(frame.call)[0]?.call ?? 0;
    peer.send(frame.head, call, Buffer.from([0, 103, 0, 0, 0]));
    peer.send(frame.head, call, wholeHead);
    await settle();
    assert.deepEqual(listener.heard, ["head 103 -", "head 200 hi", "end"]);
    peer.channel.open({ ...head, body: "" }, new Listener());
    await settle();
    const second = peer.of(frame.call)[1]?.call ?? 0;
    for (let index = 0; index < 9; index++) peer.send(frame.head, second, Buffer.from([0, 103, 0, 0, 0]));
    assert.equal((await peer.channel.closed).reason, "protocol");
  });

  it("survives a receiver that throws: the sandbox pays, and every other call hears of it", async () => {
    const peer = await RuntimePeer.initialized();
    const broken = new Listener();
    broken.onHead = () => {
      throw new Error("broken receiver");
    };
    const other = new Listener();
    peer.channel.open({ ...head, body: "" }, broken);
    peer.channel.open({ ...head, body: "" }, other);
    await settle();
    peer.send(frame.head, peer.of(frame.call)[0]?.call ?? 0, wholeHead);
    const { reason, message } = await peer.channel.closed;
    assert.deepEqual([reason, message], ["local", "a receiver of this channel failed: broken receiver"]);
    assert.deepEqual(other.heard, ["error exit"]);
  });

  it("fails a call that is opened after the end, once and not before its caller has the handle", async () => {
    const peer = await RuntimePeer.initialized();
    peer.end();
    await peer.channel.closed;
    const listener = new Listener();
    const call = peer.channel.open(head, listener);
    assert.deepEqual(listener.heard, []);
    await settle();
    call.write(Buffer.from("x"));
    call.end();
    call.abandon();
    assert.deepEqual(listener.heard, ["error not-begun"]);
    await assert.rejects(peer.channel.ping({ signal: AbortSignal.timeout(100) }), { code: "InstanceCrashed" });
  });

  it("tells calls that never left from those that the runtime may have begun", async () => {
    const peer = await RuntimePeer.initialized();
    const begun = new Listener();
    peer.channel.open({ ...head, body: "" }, begun);
    await settle();
    const unsent = ["x", "y".repeat(100), "z".repeat(maxDataBytes)].map((body) => {
      const listener = new Listener();
      peer.channel.open({ ...head, body }, listener);
      return listener;
    });
    peer.channel.close("over");
    assert.deepEqual(
      [begun, ...unsent].map(({ heard }) => heard.join()),
      ["error exit", "error not-begun", "error not-begun", "error not-begun"],
    );
    await settle();
    assert.equal(peer.of(frame.call).length, 1);
  });

  it("says of a load that the end overtook whether it had begun", async () => {
    const peer = new RuntimePeer();
    const signal = AbortSignal.timeout(5_000);
    peer.json(frame.ready, 0, { protocol: 1, runtime: "peer", version: "1" });
    await peer.channel.ready({ signal });
    const under = peer.channel.init(initMessage, { signal });
    await settle();
    peer.end();
    const outcome = await under;
    assert.equal(outcome.kind === "failed" && outcome.failure.kind, "exit");
    const after = await peer.channel.init(initMessage, { signal });
    assert.equal(after.kind === "failed" && after.failure.kind, "not-begun");
  });

  it("says ahead what a load will say to runtimes that take it, and then not again", async () => {
    for (const prepares of [true, false]) {
      const peer = new RuntimePeer();
      const signal = AbortSignal.timeout(5_000);
      peer.json(frame.ready, 0, { protocol: 1, runtime: "peer", version: "1", prepares });
      await peer.channel.ready({ signal });
      peer.channel.prepare(initMessage);
      const outcome = peer.channel.init(initMessage, { signal });
      await settle();
      const said = peer.frames.map(({ type, payload }) => [type, payload.toString()]);
      const text = JSON.stringify(initMessage);
      assert.deepEqual(
        said,
        prepares
          ? [
              [frame.prepare, text],
              [frame.init, ""],
            ]
          : [[frame.init, text]],
      );
      peer.json(frame.initialized, 0, { handler: "http" });
      assert.equal((await outcome).kind, "initialized");
    }
  });

  it("reads heads that no frame could hold as the caller's mistake", async () => {
    const peer = await RuntimePeer.initialized();
    assert.throws(() => peer.channel.open({ ...head, target: "x".repeat(70_000) }, new Listener()), {
      code: "RequestTooLarge",
    });
    assert.equal(peer.channel.activeCalls, 0);
  });

  it("stops reading when its receivers hold 64 MiB, and goes on when they took half", async () => {
    const peer = await RuntimePeer.initialized();
    let arrived = 0;
    const counting = { ...quiet, onData: (chunk: Buffer) => void (arrived += chunk.length) };
    const calls = Array.from({ length: 300 }, () => peer.channel.open({ ...head, body: "" }, counting));
    await settle();
    for (const { call } of peer.of(frame.call)) {
      peer.send(frame.head, call, emptyHead);
      for (let index = 0; index < 4; index++) peer.send(frame.data, call, Buffer.alloc(maxDataBytes));
    }
    await settle();
    assert.ok(arrived <= 65 * 1024 * 1024, `${arrived} bytes were taken in`);
    for (const call of calls.slice(0, 150)) call.grant(initialCredit);
    for (let turn = 0; turn < 100; turn++) await nextTurn();
    assert.equal(arrived, 300 * initialCredit);
    peer.channel.close("done");
  });
});

const quiet: CallReceiver = {
  onHead() {},
  onData() {},
  onEnd() {},
  onError() {},
  onDrain() {},
};

describe("whatever comes from a sandbox", () => {
  it("as bytes at random never throws out of the channel, and ends every call exactly once", async () => {
    const valid = fc
      .record({ type: fc.nat({ max: 16 }), call: fc.nat({ max: 3 }), payload: fc.uint8Array({ maxLength: 40 }) })
      .map(({ type, call, payload }) => encodeFrame(type, call === 0 ? 0 : 4095 + call, payload));
    const piece = fc.oneof(
      valid,
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const peer = await RuntimePeer.initialized();
        const listeners = Array.from({ length: 3 }, () => new Listener());
        for (const listener of listeners) peer.channel.open(head, listener);
        for (const bytes of pieces) peer.raw(bytes);
        await settle();
        peer.end();
        await peer.channel.closed;
        for (const { heard } of listeners) {
          assert.equal(heard.filter((word) => word === "end" || word.startsWith("error")).length, 1, heard.join());
        }
        assert.equal(peer.channel.activeCalls, 0);
      }),
      { numRuns: 300 },
    );
  });
});
