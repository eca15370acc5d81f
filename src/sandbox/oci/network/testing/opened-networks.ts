import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { after, afterEach, before, beforeEach } from "node:test";
import type { BoxNetwork } from "../box-network.ts";
import { createBoxNetworks, type BoxNetworks, type BoxNetworksOptions } from "../box-networks.ts";
import { buildFakeHost, firstWords, onHost, places, spawnInside } from "./fake-host.ts";

export const ours = "0a1b2c3d00";
export const others = "fedcba9800";
/** What a connection from a box comes to where the fence refuses it. */
export const refused = "ECONNREFUSED";
export const timely = { signal: AbortSignal.timeout(120_000) };

/** Networks of one file's tests: what a test opens goes with it, and then the fake host must be as it was. */
export class OpenedNetworks {
  #open = new AsyncDisposableStack();
  #outside: ChildProcess | null = null;

  constructor() {
    before(async () => {
      this.#outside = await buildFakeHost();
    });
    after(() => this.#outside?.kill());
    beforeEach(() => {
      this.#open = new AsyncDisposableStack();
    });
    afterEach(async () => {
      await this.#open.disposeAsync();
      assert.deepEqual(await listInterfaces(), []);
      assert.equal(await onHost("nft list tables; ip -4 route show table all | grep metric || true"), "");
    });
  }

  /** The process that is everything outside. */
  get outside(): ChildProcess {
    assert.ok(this.#outside);
    return this.#outside;
  }

  async open(options: Partial<BoxNetworksOptions> = {}): Promise<BoxNetworks> {
    const standard = { installation: ours, poolSize: 2, logger: new Log(), resolvers: [places.public] };
    return this.#open.use(await createBoxNetworks({ ...standard, ...options }));
  }

  /** To be done when the test is over. */
  defer(act: () => unknown): void {
    this.#open.defer(async () => void (await act()));
  }

  async serveOnHost(port: number): Promise<void> {
    const server = createServer((socket) => socket.end("host service"));
    await once(server.listen(port, "0.0.0.0"), "listening");
    this.defer(() => server.close());
  }

  /** A server on the host's loopback that says what it is and who asks. Answers its port. */
  async serveOnLoopback(name: string, { isEnding = true } = {}): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined); // clients come and go
      socket.write(`${name} for ${socket.remoteAddress}\n`);
      if (isEnding) socket.end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    this.defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** A server on port 9000 of the box. */
  async serveInside(network: BoxNetwork): Promise<void> {
    const server = `require("node:net").createServer((socket) => socket.end("inside")).listen(9000, () => console.log("up"))`;
    await this.startInside(network, server);
  }

  /** Resolves when the program has said something. */
  async startInside(network: BoxNetwork, program: string): Promise<ChildProcess> {
    const child = spawnInside(network, program);
    this.defer(() => child.kill());
    await firstWords(child);
    return child;
  }
}

/** Keeps what was said, so that a test can wait for it. */
export class Log {
  readonly lines: string[] = [];
  #onLine: (() => void) | null = null;
  readonly #write = (_: object, message: string): void => {
    this.lines.push(message);
    this.#onLine?.();
  };
  readonly error = this.#write;
  readonly warn = this.#write;
  readonly info = this.#write;
  readonly debug = this.#write;

  async said(message: string): Promise<void> {
    while (!this.lines.includes(message)) {
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }
}

/** Interfaces of any installation. */
export async function listInterfaces(): Promise<readonly string[]> {
  return (await readdir("/sys/class/net")).filter((name) => /^g[0-9a-f]{8}-/.test(name));
}

export async function askFromHost(address: string, port: number): Promise<string> {
  return (await text(connect(port, address))).trim();
}

/** The address that boxes have as their nameserver. */
export function gatewayOf(networks: BoxNetworks): string {
  return /nameserver (\S+)/.exec(networks.resolvConf())?.[1] ?? "";
}
