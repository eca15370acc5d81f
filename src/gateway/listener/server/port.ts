import { createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { Logger } from "../../../core/index.ts";
import { explainListenError } from "./listen-error.ts";

interface PortOptions {
  readonly host: string;
  readonly port: number;
  /** Whether other processes of this user may listen there, too. */
  readonly sharePort?: boolean;
  /** Whether connections may come hundreds at once. */
  readonly expectsCrowds?: boolean;
  readonly logger: Logger;
}

/** As many connections one turn of the event loop lets in. */
const socketsPerPort = 128;

/** A port that a server listens on: where crowds may come with many sockets, as Node lets in one connection for each socket and turn of its loop (ADR 0023). */
export class Port {
  readonly #server: Server;
  readonly #options: PortOptions;
  readonly #others: Server[] = [];

  /** `server` takes the connections of all sockets. */
  constructor(server: Server, options: PortOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Rejects with an Error of one sentence when it cannot be had. */
  async open(): Promise<AddressInfo> {
    const { host, port, sharePort = false, expectsCrowds = false, logger } = this.#options;
    const reusePort = expectsCrowds || (sharePort && port !== 0);
    const asked = { host, backlog: 4096, reusePort };
    try {
      if (reusePort && !sharePort && port !== 0) await checkFree({ ...asked, port, reusePort: false });
      await listen(this.#server, { ...asked, port });
      const address = this.#server.address() as AddressInfo; // a port has no other
      for (let i = 1; expectsCrowds && i < socketsPerPort; i++) this.#others.push(this.#another());
      await Promise.all(
        this.#others.map((each) => listen(each, { ...asked, host: address.address, port: address.port })),
      );
      for (const each of [this.#server, ...this.#others])
        each.on("error", (error) => logger.error({ err: error }, "The listener failed"));
      return address;
    } catch (cause) {
      for (const each of [this.#server, ...this.#others.splice(0)]) each.close();
      throw explainListenError(cause as NodeJS.ErrnoException, host, port);
    }
  }

  /** Lets nobody in any more; resolves once the connections that its server counts are closed. */
  async close(): Promise<void> {
    await Promise.all([this.#server, ...this.#others].map((each) => new Promise((resolve) => each.close(resolve))));
  }

  #another(): Server {
    const isTls = this.#server instanceof TlsServer; // both as Node has them: a connection with TLS ends with its client's last
    const options = { allowHalfOpen: !isTls, noDelay: true };
    return createServer(options, (socket: Socket) => this.#server.emit("connection", socket));
  }
}

/** Sockets that share a port would be let in beside those of another program of this user. */
async function checkFree(options: ListenOptions): Promise<void> {
  const server = createServer();
  await listen(server, options);
  await new Promise((resolve) => server.close(resolve));
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
