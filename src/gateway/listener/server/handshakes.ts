import type { Socket } from "node:net";

/** Connections that speak TLS not yet: nobody else knows of them when the listener stops. */
export class Handshakes {
  readonly #sockets = new Map<string, Socket>();

  begin(socket: Socket): void {
    const key = keyOf(socket);
    this.#sockets.set(key, socket);
    socket.once("close", () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    });
  }

  /** By its addresses, as the socket of TLS is another object. */
  end(secured: Socket): void {
    this.#sockets.delete(keyOf(secured));
  }

  breakOff(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
