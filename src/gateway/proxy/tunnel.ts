import type { Socket } from "node:net";
import type { Exchange } from "../listener/exchange.ts";
import { field, fieldOf } from "../listener/field-names.ts";
import type { TunnelUser, UpstreamConnection, UpstreamFailure } from "./upstream-connection.ts";
import type { UpstreamHead } from "./upstream-head.ts";

/** The client's side of a change of protocol. */
export interface Upgrade {
  readonly socket: Socket;
  /** Bytes that came right behind the request. */
  readonly firstBytes: Buffer;
}

interface TunnelOptions {
  readonly exchange: Exchange;
  readonly upgrade: Upgrade;
  readonly connection: UpstreamConnection;
  /** Seconds of silence after which the tunnel ends; null: as long as both sides like. */
  readonly idleS: number | null;
  /** Called once with the SCF result code: 200, or 455 for silence. */
  onOver(status: number): void;
  /** A callback threw: a bug of ours, which costs its tunnel and not the server. Must not throw. */
  onBug(error: unknown): void;
}

/** WebSocket close codes that the gateway sends itself. */
const goingAway = 1001;

/** Bytes of another protocol in both directions, with backpressure. States: `open → over`. */
export class Tunnel {
  readonly #options: TunnelOptions;
  #bytesIn = 0;
  #bytesOut = 0;
  #isOver = false;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  /** Tells the client 101 and begins. `rest` is what the service already said. */
  open(head: UpstreamHead, rest: Buffer): void {
    const { exchange, upgrade, connection, idleS } = this.#options;
    const { socket, firstBytes } = upgrade;
    exchange.answer.letGo();
    exchange.httpStatus = 101;
    exchange.own({
      onBody: () => true,
      onBodyEnd: () => {},
      onClientDrain: () => {},
      onClientGone: () => this.#react(() => this.#over(200)),
    });
    exchange.connection.endTunnel = () => this.#react(() => this.#close("the server is stopping"));
    socket.write(switchText(head, exchange.requestId), "latin1");
    connection.becomeTunnel(this.#upstreamUser());
    this.#toClient(rest);
    socket.on("data", (chunk: Buffer) => this.#react(() => this.#toService(chunk)));
    socket.on("drain", () => this.#react(() => connection.resume()));
    if (socket.readableEnded) connection.end(); // it said its last while the service was being asked
    else socket.on("end", () => this.#react(() => connection.end()));
    if (idleS !== null) socket.setTimeout(idleS * 1_000, () => this.#react(() => this.#onIdle(idleS)));
    if (firstBytes.length > 0) this.#toService(firstBytes);
    socket.resume();
  }

  #upstreamUser(): TunnelUser {
    return {
      onData: (chunk) => this.#toClient(Buffer.from(chunk)),
      onDrain: () => this.#options.upgrade.socket.resume(),
      onBroken: (failure) => this.#onServiceGone(failure),
      onBug: () => this.#giveUp(),
    };
  }

  /** Runs what answers to the client. */
  #react(reaction: () => void): void {
    try {
      reaction();
    } catch (error) {
      this.#options.onBug(error);
      this.#giveUp();
    }
  }

  /** Something of this tunnel threw: it is ended, whatever state it is in. */
  #giveUp(): void {
    this.#options.upgrade.socket.destroy();
    try {
      this.#over(500);
    } catch (error) {
      this.#options.onBug(error);
    }
  }

  #toService(chunk: Buffer): void {
    this.#bytesIn += chunk.length;
    const { connection, upgrade } = this.#options;
    if (!connection.write(chunk)) upgrade.socket.pause();
  }

  #toClient(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#bytesOut += chunk.length;
    const { connection, upgrade } = this.#options;
    if (!upgrade.socket.write(chunk)) connection.pause();
  }

  #onServiceGone(_failure: UpstreamFailure): void {
    this.#options.upgrade.socket.end();
    this.#over(200);
  }

  #onIdle(idleS: number): void {
    this.#close(`silent for ${idleS} s`, 455);
  }

  /** Ends the tunnel from our side; a WebSocket client is told why. */
  #close(reason: string, status = 200): void {
    const { socket } = this.#options.upgrade;
    const isWebSocket = this.#options.exchange.head.upgrade.toLowerCase() === "websocket";
    if (isWebSocket) socket.end(closeFrame(goingAway, reason));
    else socket.end();
    this.#over(status);
  }

  #over(status: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { exchange, upgrade, connection } = this.#options;
    upgrade.socket.setTimeout(0);
    exchange.connection.endTunnel = null;
    exchange.endTunnel(this.#bytesIn, this.#bytesOut);
    connection.destroy();
    this.#options.onOver(status);
    if (!upgrade.socket.destroyed) upgrade.socket.destroySoon();
  }
}

/** The head of the 101 answer. Names and values were checked when they were read. */
function switchText(head: UpstreamHead, requestId: string): string {
  let text = "HTTP/1.1 101 Switching Protocols\r\n";
  for (let i = 0; i + 1 < head.pairs.length; i += 2) {
    const name = head.pairs[i] ?? "";
    const which = fieldOf(name);
    if (which === field.contentLength || which === field.transferEncoding || which === field.ours) continue;
    text += `${name}: ${head.pairs[i + 1]}\r\n`;
  }
  return `${text}x-scf-request-id: ${requestId}\r\n\r\n`;
}

/** An unmasked WebSocket close frame; the reason is ASCII and short. */
function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2, "latin1");
  return Buffer.concat([Buffer.from([0x88, payload.length]), payload]);
}
