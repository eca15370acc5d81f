import { once } from "node:events";
import net, { type Socket } from "node:net";
import tls from "node:tls";

/** A client that sends exactly the bytes it is given. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  /** Everything received so far, latin1. */
  received = "";
  /** Why the connection broke. */
  failed: Error | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("close", () => this.#wake());
    socket.on("error", (error) => {
      this.failed = error;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** Over TLS; whom it speaks to is another test's matter. */
  static async connectWithTls(port: number, options: tls.ConnectionOptions = {}): Promise<RawClient> {
    const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    await once(socket, "secureConnect");
    return new RawClient(socket);
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  }

  /** Resolves with everything received once `pattern` occurs in it, or the connection is closed. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.received) && !this.socket.closed) await this.#change();
    return this.received;
  }

  /** Resolves when more than so many bytes were received, or the connection is closed. */
  async more(than: number): Promise<void> {
    while (this.received.length <= than && !this.socket.closed) await this.#change();
  }

  /** Resolves with everything received when the connection is closed. */
  async closed(): Promise<string> {
    while (!this.socket.closed) await this.#change();
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    const closed = once(this.socket, "close");
    this.socket.destroy();
    await closed;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
