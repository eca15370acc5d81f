/* oxlint-disable no-underscore-dangle -- what a stream calls to write has these names */
import type { Socket } from "node:net";

/** How long the other side may be silent once writing to it has failed. */
const graceMs = 1_000;

type Done = (error?: Error | null) => void;

/* oxlint-disable no-underscore-dangle -- what a kind of Writable implements; its failure can be put off nowhere else */
/**
 * A failed write no longer takes the socket down before what had come is read: a server that answers before it has read the body, and closes,
 * has answered. The failure is told when nothing more can come, or nothing does.
 * @param isHeldBack whether we do not read because somebody else is slow
 */
export function readOn<Kind extends Socket>(socket: Kind, isHeldBack: () => boolean): Kind {
  const write = socket._write.bind(socket);
  const writeAll = socket._writev?.bind(socket);
  const later = (done: Done): Done => {
    return (error) => (error instanceof Error ? tellLater(socket, isHeldBack, () => done(error)) : done());
  };
  socket._write = (chunk, encoding, done) => write(chunk, encoding, later(done));
  if (writeAll !== undefined) socket._writev = (chunks, done) => writeAll(chunks, later(done));
  return socket;
}
/* oxlint-enable no-underscore-dangle */

/** Until `tell` has run the stream takes the write for one that goes on: nothing else is written. */
function tellLater(socket: Socket, isHeldBack: () => boolean, tell: () => void): void {
  if (socket.destroyed || socket.readableEnded || socket.connecting) return tell();
  let bytesBefore = socket.bytesRead;
  const timer = setInterval(() => {
    if (socket.bytesRead === bytesBefore && !isHeldBack()) finish();
    bytesBefore = socket.bytesRead;
  }, graceMs);
  const finish = (): void => {
    clearInterval(timer);
    socket.off("end", finish).off("close", finish);
    tell();
  };
  socket.on("end", finish).on("close", finish);
}
