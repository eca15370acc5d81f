import type { Socket } from "node:net";
import { trackedConnection } from "../../listener/connection.ts";
import { readPieces } from "../../listener/server/client-socket.ts";
import type { Exchange } from "../../listener/exchange.ts";

/** The client's side of a change of protocol. */
export interface Upgrade {
  readonly socket: Socket;
  /** Bytes that came right behind the request. */
  readonly firstBytes: Buffer;
}

/** The other end of a tunnel: a service, or a function. */
export interface TunnelPeer {
  /** False: wait for `Tunnel.resumeClient`. */
  write(chunk: Buffer): boolean;
  /** The client has said its last. */
  end(): void;
  /** The client has taken what was written to it. */
  onClientDrain(): void;
  /** Called once, with the SCF result code: 200, 433 for its time limit, 455 for silence. */
  onOver(status: number): void;
}

export interface TunnelOptions {
  readonly exchange: Exchange;
  readonly upgrade: Upgrade;
  readonly peer: TunnelPeer;
  /** Seconds of silence after which the tunnel ends; null: as long as both sides like. */
  readonly idleS: number | null;
  /** A callback threw: a bug of ours, which costs its tunnel and not the server. Must not throw. */
  onBug(error: unknown): void;
}

/** How long a client may take to end after the other end has. */
const lingerMs = 1_000;

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

  /** Tells the client 101 and begins. `pairs`: names and values of the answer's headers, which were checked. */
  open(pairs: readonly string[]): void {
    const { exchange, upgrade, peer, idleS } = this.#options;
    const { socket, firstBytes } = upgrade;
    exchange.letGo({
      onBody: () => true,
      onBodyEnd: () => {},
      onClientDrain: () => {},
      onClientGone: () => this.#react(() => this.#over(200)),
    });
    trackedConnection(socket).endTunnel = () => this.#react(() => this.close("the server is stopping", 200));
    socket.write(switchText(pairs, exchange.requestId), "latin1");
    socket.resume(); // before the first bytes, of which the peer may have enough
    if (firstBytes.length > 0) this.#toPeer(firstBytes);
    readPieces(socket, (piece) => this.#react(() => this.#toPeer(Buffer.from(piece))));
    socket.on("drain", () => this.#react(() => peer.onClientDrain()));
    if (socket.readableEnded) peer.end(); // it said its last while the other end was being asked
    else socket.on("end", () => this.#react(() => this.#endPeer()));
    if (idleS !== null) {
      socket.setTimeout(idleS * 1_000, () => this.#react(() => this.close(`silent for ${idleS} s`, 455)));
    }
  }

  /** Passes bytes on, which the tunnel keeps. False: wait for `onClientDrain`. */
  toClient(chunk: Buffer): boolean {
    if (chunk.length === 0) return true;
    this.#bytesOut += chunk.length;
    return this.#options.upgrade.socket.write(chunk);
  }

  /** The peer takes bytes again. */
  resumeClient(): void {
    this.#options.upgrade.socket.resume();
  }

  /** The peer has ended; what it said still goes out. */
  end(): void {
    this.#options.upgrade.socket.end();
    this.#over(200);
  }

  /** Ends the tunnel from our side; a WebSocket client is told why. `status`: SCF result code. */
  close(reason: string, status: number): void {
    const { socket } = this.#options.upgrade;
    const isWebSocket = this.#options.exchange.head.upgrade.toLowerCase() === "websocket";
    if (isWebSocket) socket.end(closeFrame(goingAway, reason));
    else socket.end();
    this.#over(status);
  }

  /** Something of this tunnel threw: it is ended, whatever state it is in. */
  giveUp(): void {
    this.#options.upgrade.socket.destroy();
    try {
      this.#over(500);
    } catch (error) {
      this.#options.onBug(error);
    }
  }

  #endPeer(): void {
    if (!this.#isOver) this.#options.peer.end();
  }

  /** Runs what answers to the client. */
  #react(reaction: () => void): void {
    try {
      reaction();
    } catch (error) {
      this.#options.onBug(error);
      this.giveUp();
    }
  }

  #toPeer(chunk: Buffer): void {
    if (this.#isOver) return; // what is read until the client ends, too
    this.#bytesIn += chunk.length;
    if (!this.#options.peer.write(chunk)) this.#options.upgrade.socket.pause();
  }

  #over(status: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { exchange, upgrade, peer } = this.#options;
    upgrade.socket.setTimeout(0);
    trackedConnection(upgrade.socket).endTunnel = null;
    exchange.endTunnel(this.#bytesIn, this.#bytesOut);
    peer.onOver(status);
    leave(upgrade.socket);
  }
}

/**
 * Reads on until the client ends, too, though not for long: closing a socket with bytes unread would take from the client
 * what was sent to it last, such as why it was closed.
 */
function leave(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  if (socket.readableEnded) {
    socket.destroySoon();
    return;
  }
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
}

/** The head of the 101 answer. */
function switchText(pairs: readonly string[], requestId: string): string {
  let text = "HTTP/1.1 101 Switching Protocols\r\n";
  for (let i = 0; i + 1 < pairs.length; i += 2) text += `${pairs[i]}: ${pairs[i + 1]}\r\n`;
  return `${text}x-scf-request-id: ${requestId}\r\n\r\n`;
}

/** An unmasked WebSocket close frame; the reason is ASCII and short. */
function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2, "latin1");
  return Buffer.concat([Buffer.from([0x88, payload.length]), payload]);
}
