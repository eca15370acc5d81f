import type { Socket } from "node:net";
import { answerAndClose } from "./client-error.ts";
import { refusal } from "../refusal.ts";

const speaksTls = refusal(400, "TlsOnly", "This port speaks TLS; use https:// instead of http://.");

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

  /** A client that speaks plain HTTP is told, on the socket below. */
  fail(error: NodeJS.ErrnoException, unsecured: Socket): void {
    const socket = this.#sockets.get(keyOf(unsecured));
    if (error.code === "ERR_SSL_HTTP_REQUEST" && socket !== undefined) answerAndClose(socket, speaksTls);
    unsecured.destroy();
  }

  breakOff(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
