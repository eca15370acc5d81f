/** Frames of PROTOCOL.md, written a second time on purpose: the runtimes must not be tested with their own reading of it. */
export const FrameType = {
  ready: 1,
  init: 2,
  initialized: 3,
  initFailed: 4,
  call: 5,
  head: 6,
  data: 7,
  end: 8,
  error: 9,
  cancel: 10,
  window: 11,
  log: 12,
  ping: 13,
  pong: 14,
  stop: 15,
  prepare: 16,
} as const;

export function frame(type: number, call: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(bytes.length + 5);
  head[4] = type;
  head.writeUInt32LE(call, 5);
  return Buffer.concat([head, bytes]);
}

export function stringList(list: readonly string[]): Buffer {
  const lengths = Buffer.alloc(2 + 2 * list.length);
  lengths.writeUInt16LE(list.length);
  list.forEach((text, i) => lengths.writeUInt16LE(text.length, 2 + 2 * i));
  return Buffer.concat([lengths, Buffer.from(list.join(""), "latin1")]);
}

export function readStrings(buffer: Buffer, start: number): { list: string[]; end: number } {
  const count = buffer.readUInt16LE(start);
  let at = start + 2 + 2 * count;
  const list = Array.from({ length: count }, (_, i) => {
    const length = buffer.readUInt16LE(start + 2 + 2 * i);
    at += length;
    return buffer.toString("latin1", at - length, at);
  });
  return { list, end: at };
}
