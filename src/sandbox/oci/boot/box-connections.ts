import { createServer, type Server, type Socket } from "node:net";
import type { SandboxId } from "../../../core/index.ts";

/** The server's ends of what a box has as its descriptors 3, 1 and 2. */
export interface BoxEnds {
  readonly channel: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

const headBytes = 64;
const headPattern = /^(box-[a-z0-9]+) (channel|stdout|stderr) *$/;

interface Waiting {
  readonly ends: { channel?: Socket; stdout?: Socket; stderr?: Socket };
  resolve(ends: BoxEnds): void;
}

/**
 * Where the booter connects a box to the server: a socket in a directory that only root can enter, and that no box has. Each connection begins
 * with a head that says whose it is; the box inherits the other end, connected. Both sides see the other's death.
 */
export class BoxConnections implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting = new Map<string, Waiting>();
  readonly #unclaimed = new Set<Socket>();

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#onConnection(socket));
  }

  static async listen(socketPath: string): Promise<BoxConnections> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: socketPath, backlog: 511 }, resolve);
    });
    return new BoxConnections(server);
  }

  /** Resolves when the box has all three. `forget` must follow if it does not come to that. */
  expect(id: SandboxId): Promise<BoxEnds> {
    const { promise, resolve } = Promise.withResolvers<BoxEnds>();
    this.#waiting.set(id, { ends: {}, resolve });
    return promise;
  }

  /** What a box that never started has said on stderr so far is lost with its ends. */
  forget(id: SandboxId): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const socket of Object.values(waiting?.ends ?? {})) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#waiting.keys()) this.forget(id as SandboxId); // keys come from `expect`
    for (const socket of this.#unclaimed) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #onConnection(socket: Socket): void {
    this.#unclaimed.add(socket);
    socket.on("error", () => undefined); // it ends, and that is seen where it is used
    const readHead = (): void => {
      const head = socket.read(headBytes) as Buffer | null; // null: not all of it is there
      if (head === null) return;
      socket.removeListener("readable", readHead);
      this.#unclaimed.delete(socket);
      this.#hand(socket, head.toString("latin1"));
    };
    socket.on("readable", readHead);
    socket.on("close", () => this.#unclaimed.delete(socket));
  }

  #hand(socket: Socket, head: string): void {
    const [, id = "", what] = headPattern.exec(head) ?? [];
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || (what !== "channel" && what !== "stdout" && what !== "stderr")) {
      socket.destroy();
      return;
    }
    waiting.ends[what] = socket;
    const { channel, stdout, stderr } = waiting.ends;
    if (channel === undefined || stdout === undefined || stderr === undefined) return;
    this.#waiting.delete(id);
    waiting.resolve({ channel, stdout, stderr });
  }
}
