import assert from "node:assert/strict";
import { it } from "node:test";
import { Channel } from "./channel.js";
import type { FrameSink } from "./frame-reader.js";
import { FrameReader } from "./frame-reader.js";
import { frameType, FrameWriter, stringListBytes } from "./frames.js";

const bodyBytes = 1_048_576;
const nothing = (): void => undefined;

/** A runtime that answers each call with a large body of the call's number, over a link that takes nothing until it is emptied. */
function crowdedRuntime() {
  const writer = new FrameWriter();
  const sinks: FrameSink[] = [];
  const link = { writer, onDrained: nothing, schedule: nothing, schedulePatiently: nothing, flush: nothing };
  const more = { flushPatiently: nothing, flushLastWords: nothing, finish: nothing, ref: nothing, unref: nothing };
  const whole = { ...link, ...more };
  const channel = new Channel((sink) => (sinks.push(sink), whole), {
    onInit: nothing,
    onCall: (call) => call.answer(200, [], Buffer.alloc(bodyBytes, call.id), call.id % 2 === 0),
    onStop: nothing,
    onClose: nothing,
  });
  channel.initialized({ handler: "http" });
  return { link: whole, reader: new FrameReader(sinks[0] as FrameSink) }; // the channel made one
}

function frame(type: number, call: number, write: (writer: FrameWriter) => void): Buffer {
  const writer = new FrameWriter();
  writer.begin(type, call, 1_000);
  write(writer);
  writer.finish();
  return Buffer.from(writer.buffer.subarray(0, writer.used));
}

const strings = ["request", "GET", "/"];
const callFrame = (id: number) =>
  frame(frameType.call, id, (writer) => {
    assert.ok(stringListBytes(strings) < 900);
    writer.u8(1);
    writer.u8(1);
    writer.u32(0);
    writer.strings(strings);
  });

it("node: answers of many calls wait for a platform that is slow, and not in the memory of the channel", () => {
  const { link, reader } = crowdedRuntime();
  const tell = (bytes: Buffer): void => reader.push(bytes, bytes.length);
  for (let id = 1; id <= 16; id++) tell(callFrame(id));
  const received = new Map<number, Buffer[]>();
  const ended = new Set<number>();
  const platform = new FrameReader({
    onFrame: (type, call) => void (type === frameType.end && ended.add(call)),
    onData: (call, chunk) => {
      received.set(call, [...(received.get(call) ?? []), chunk]);
      tell(frame(frameType.window, call, (writer) => writer.u32(chunk.length)));
    },
  });
  let most = 0;
  for (let turn = 0; ended.size < 16 && turn < 1_000; turn++) {
    most = Math.max(most, link.writer.unsent);
    const sent = Buffer.from(link.writer.buffer.subarray(link.writer.sent, link.writer.used));
    link.writer.leave(sent.length);
    platform.push(sent, sent.length);
    if (link.writer.unsent === 0) link.onDrained();
  }
  assert.equal(ended.size, 16);
  for (const [call, pieces] of received) assert.deepEqual(Buffer.concat(pieces), Buffer.alloc(bodyBytes, call));
  assert.ok(most < 512 * 1024, `${most} bytes were in the channel's buffer`);
});
