import type { Socket } from "node:net";

/**
 * Destroys a socket whose client ends it while nobody reads from it: who ends before an answer wants none. What arrives
 * before stays for who reads later. Gives what ends the watch.
 */
export function watchForEnd(socket: Socket): () => void {
  const look = (): void => {
    if (socket.readableLength === 0) socket.read(); // says 'end', if that is what has come
  };
  const onEnd = (): void => void socket.destroy();
  socket.on("readable", look);
  socket.on("end", onEnd);
  return () => {
    socket.off("readable", look);
    socket.off("end", onEnd);
  };
}
