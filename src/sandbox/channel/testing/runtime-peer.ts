import { duplexPair } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { InitMessage } from "../channel.ts";
import { frame, headerBytes } from "../codec/frames.ts";
import { FrameReader } from "../codec/frame-reader.ts";
import { SocketChannel } from "../socket-channel.ts";

export interface PeerFrame {
  readonly type: number;
  readonly call: number;
  readonly payload: Buffer;
}

const framesOfPlatform = [
  frame.init,
  frame.prepare,
  frame.call,
  frame.data,
  frame.end,
  frame.cancel,
  frame.window,
  frame.ping,
  frame.stop,
];

/** The runtime's end of a channel inside the test: sends what it is told, keeps what comes. */
export class RuntimePeer {
  readonly channel: SocketChannel;
  readonly frames: PeerFrame[] = [];
  /** Writes of the platform that have come. */
  chunks = 0;
  onFrame: (frame: PeerFrame) => void = () => undefined;
  readonly #stream;

  constructor() {
    const [platform, runtime] = duplexPair();
    this.#stream = runtime;
    this.channel = new SocketChannel(platform);
    let data: Buffer[] = [];
    let missing = 0;
    const keep = (kept: PeerFrame): void => {
      this.frames.push(kept);
      this.onFrame(kept);
    };
    const reader = new FrameReader(
      {
        onFrame: (type, call, buffer, start, end) =>
          keep({ type, call, payload: Buffer.from(buffer.subarray(start, end)) }),
        onDataStart: (_call, length) => (missing = length),
        onData: (call, chunk) => {
          data.push(Buffer.from(chunk));
          missing -= chunk.length;
          if (missing > 0) return;
          keep({ type: frame.data, call, payload: Buffer.concat(data) });
          data = [];
        },
      },
      framesOfPlatform,
    );
    runtime.on("data", (chunk: Buffer) => {
      this.chunks += 1;
      reader.push(chunk);
    });
    runtime.on("error", () => undefined);
  }

  /** A peer whose channel takes calls. */
  static async initialized(): Promise<RuntimePeer> {
    const peer = new RuntimePeer();
    const signal = AbortSignal.timeout(5_000);
    peer.json(frame.ready, 0, { protocol: 1, runtime: "peer", version: "1" });
    await peer.channel.ready({ signal });
    const outcome = peer.channel.init(initMessage, { signal });
    peer.json(frame.initialized, 0, { handler: "http" });
    await outcome;
    await nextTurn(); // INIT has gone out
    await nextTurn();
    peer.chunks = 0;
    peer.frames.length = 0;
    return peer;
  }

  send(type: number, call: number, payload: Uint8Array = Buffer.alloc(0)): void {
    this.raw(encodeFrame(type, call, payload));
  }

  json(type: number, call: number, value: unknown): void {
    this.send(type, call, Buffer.from(JSON.stringify(value)));
  }

  uint32(type: number, call: number, value: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(value);
    this.send(type, call, payload);
  }

  raw(bytes: Uint8Array): void {
    if (!this.#stream.destroyed && !this.#stream.writableEnded) this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  of(type: number, call?: number): PeerFrame[] {
    return this.frames.filter((it) => it.type === type && (call === undefined || it.call === call));
  }
}

export function encodeFrame(type: number, call: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(headerBytes + payload.length);
  bytes.writeUInt32LE(payload.length + 5, 0);
  bytes.writeUInt8(type, 4);
  bytes.writeUInt32LE(call, 5);
  bytes.set(payload, headerBytes);
  return bytes;
}

export const initMessage: InitMessage = {
  form: "http",
  handler: "index.handler",
  codeRoot: "/var/user",
  environment: {},
  function: {
    name: "f",
    namespace: "default",
    version: "$LATEST",
    region: "ap-guangzhou",
    appId: "1",
    uin: "1",
    memoryMb: 128,
    timeoutMs: 3_000,
  },
  maxResultBytes: 6_291_456,
  initTimeoutMs: 10_000,
};
