/* oxlint-disable no-underscore-dangle -- the name of a socket's handle */
import { Socket, type SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";

/** All channels read into one buffer: what is kept of a piece is copied before the next is read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Reads a stream (a connected one) from now on, in pieces that are valid during the call only, and gives the stream to go on with. A socket's would come in
 * memory made anew for each, which is garbage faster than it is collected (`answer/kept-bytes.ts` of the gateway has the figures).
 * Node has such a buffer for sockets that it makes itself, so another socket takes over the connection of one that was accepted.
 * What others have read meanwhile counts: the bytes come first, and the end is told by the stream that is given.
 */
export function readIntoOneBuffer(stream: Duplex, onPiece: (piece: Buffer) => void): Duplex {
  if (!(stream instanceof Socket)) return stream.on("data", onPiece);
  const before: Pick<Socket, "read"> & { _handle?: unknown } = stream;
  const rest: unknown = before.read(); // came together with what others have read
  if (rest instanceof Buffer) process.nextTick(() => onPiece(rest)); // whoever made the channel is not ready for it
  const handle = before._handle; // null: the connection has ended and is closed
  const socket = new Socket(Object.assign(readOptions(onPiece), { handle, ...startAnew }));
  before._handle = null;
  stream.destroy(); // for its server, which counts it
  return handle === null ? socket.destroy() : socket.resume();
}

/** The handle stops and starts again for its new socket. One that was at its end says so another time; else nobody would hear of it. */
const startAnew = { pauseOnCreate: true };

function readOptions(onPiece: (piece: Buffer) => void): SocketConstructorOpts {
  return {
    onread: {
      buffer: readBuffer,
      callback: (bytes, buffer) => {
        onPiece(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
        return true;
      },
    },
  };
}
