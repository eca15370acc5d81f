/* oxlint-disable no-underscore-dangle -- the name of a socket's handle */
import { Socket, type SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";

/** All channels read into one buffer: what is kept of a piece is copied before the next is read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Reads a stream (a connected one) from now on, in pieces that are valid during the call only, and gives the stream to go on with. A socket's would come in
 * memory made anew for each, which is garbage faster than it is collected (`answer/kept-bytes.ts` of the gateway has the figures).
 * Node has such a buffer for sockets that it makes itself, so another socket takes over the connection of one that was accepted.
 */
export function readIntoOneBuffer(stream: Duplex, onPiece: (piece: Buffer) => void): Duplex {
  if (!(stream instanceof Socket)) return stream.on("data", onPiece);
  const before: Pick<Socket, "read"> & { _handle?: unknown } = stream;
  const rest: unknown = before.read(); // came together with what others have read
  const options: SocketConstructorOpts = {
    onread: {
      buffer: readBuffer,
      callback: (bytes, buffer) => {
        onPiece(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
        return true;
      },
    },
  };
  const socket = new Socket(Object.assign(options, { handle: before._handle }));
  before._handle = null;
  stream.destroy(); // for its server, which counts it
  if (rest instanceof Buffer) process.nextTick(() => onPiece(rest)); // whoever made the channel is not ready for it
  return socket;
}
