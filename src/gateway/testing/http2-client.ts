import { RawClient } from "./raw-client.ts";

const types = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

type FrameType = keyof typeof types;

interface Frame {
  readonly type: FrameType | "other";
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const endStream = 0x1;
const endHeaders = 0x4;

/** Speaks HTTP/2 in exactly the frames it is given, over TLS. */
export class Http2Client implements AsyncDisposable {
  readonly raw: RawClient;

  constructor(raw: RawClient) {
    this.raw = raw;
  }

  /** `settings`: identifiers and values in turn. */
  static async connect(port: number, settings: readonly number[] = []): Promise<Http2Client> {
    const raw = await RawClient.connectWithTls(port, { ALPNProtocols: ["h2"] });
    const client = new Http2Client(raw);
    const payload = Buffer.alloc(settings.length * 3);
    for (let i = 0; i + 1 < settings.length; i += 2) {
      payload.writeUInt16BE(settings[i] ?? 0, i * 3);
      payload.writeUInt32BE(settings[i + 1] ?? 0, i * 3 + 2);
    }
    raw.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.send("settings", 0, 0, payload);
    return client;
  }

  send(type: FrameType, flags: number, stream: number, payload: Buffer | string = ""): void {
    const bytes = Buffer.from(payload);
    const head = Buffer.alloc(9);
    head.writeUIntBE(bytes.length, 0, 3);
    head.writeUInt8(types[type], 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    this.raw.send(Buffer.concat([head, bytes]));
  }

  /** Asks for `/` of the host; `flags` say whether a body follows. */
  ask(stream: number, method: string, authority: string, flags: number): void {
    this.send("headers", flags | endHeaders, stream, headerBlock(method, authority));
  }

  /** The frames that have come in whole. */
  get frames(): Frame[] {
    const bytes = Buffer.from(this.raw.received, "latin1");
    const frames: Frame[] = [];
    for (let at = 0; at + 9 <= bytes.length;) {
      const length = bytes.readUIntBE(at, 3);
      const name = Object.entries(types).find(([, code]) => code === bytes[at + 3])?.[0] ?? "other";
      const payload = bytes.subarray(at + 9, at + 9 + length);
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      if (payload.length === length)
        frames.push({ type: name as Frame["type"], flags: bytes[at + 4] ?? 0, stream, payload }); // a key of `types`
      at += 9 + length;
    }
    return frames;
  }

  /** Resolves with the first such frame; null: the connection closed without one. */
  async until(isIt: (frame: Frame) => boolean): Promise<Frame | null> {
    const { received } = this.raw;
    const found = this.frames.find(isIt);
    if (found !== undefined) return found;
    if (this.raw.socket.closed) return null;
    await this.raw.more(received.length);
    return this.until(isIt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.raw[Symbol.asyncDispose]();
  }
}

/** In literals that nothing has to remember. */
export function headerBlock(method: string, authority: string): Buffer {
  const pairs = [":method", method, ":scheme", "https", ":path", "/", ":authority", authority];
  const parts: Buffer[] = [];
  for (let i = 0; i < pairs.length; i += 2) parts.push(literal(pairs[i] ?? "", pairs[i + 1] ?? ""));
  return Buffer.concat(parts);
}

/** Both shorter than 127 bytes. */
export function literal(name: string, value: string): Buffer {
  return Buffer.from(
    `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
    "latin1",
  );
}
