/* oxlint-disable no-underscore-dangle -- the name of a socket's handle */
import { Socket, type SocketConstructorOpts } from "node:net";

/** All clients are read into one buffer. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * A client's connection that can be read in pieces of one buffer, and is like any socket otherwise. A socket of Node's own makes memory anew for each read and passes it
 * on as an event of a stream: a fifth of what a short request costs the gateway. Node has such a buffer only where it connects itself, so another socket
 * takes over the connection of the one that was accepted.
 */
export class ClientSocket extends Socket {
  /** Takes what is read from now on, in pieces that are valid during the call only. Null: the stream has it. */
  onPiece: ((piece: Buffer) => void) | null = null;

  /** `accepted`: just now. It is closed for its server, which no longer counts it. */
  constructor(accepted: Socket) {
    const before: Pick<Socket, "destroy"> & { _handle?: unknown } = accepted;
    const handle = before._handle;
    before._handle = null;
    const options: SocketConstructorOpts = {
      allowHalfOpen: true, // as Node's HTTP server has them
      onread: { buffer: readBuffer, callback: (bytes) => this.#take(readBuffer.subarray(0, bytes)) },
    };
    super(Object.assign(options, { handle }));
    before.destroy();
  }

  /** False: enough for now. */
  #take(piece: Buffer): boolean {
    if (this.onPiece === null) return this.push(Buffer.from(piece));
    this.onPiece(piece);
    return true;
  }
}

/** Has `take` called with all that comes on a client's connection, in pieces that are valid during the call only. */
export function readPieces(socket: Socket, take: (piece: Buffer) => void): void {
  if (!(socket instanceof ClientSocket)) {
    socket.on("data", take);
    return;
  }
  const early: Buffer | null = socket.read(); // all of it
  if (early !== null) take(early);
  socket.onPiece = take;
}
