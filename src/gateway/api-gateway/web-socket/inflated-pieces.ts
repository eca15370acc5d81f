import type { WebSocket } from "ws";

type Inflated = (error: Error | null, bytes?: Buffer) => void;

interface Inflater {
  decompress(data: Buffer, isLast: boolean, onInflated: Inflated): void;
}

/**
 * Tells how long each piece of a compressed message has become. The library keeps pieces as they are then until their message is whole, and
 * nothing of it says how much that is: so its extension is asked, through a member that it does not declare.
 */
export function onInflatedPiece(webSocket: WebSocket, onBytes: (bytes: number) => void): void {
  const { "permessage-deflate": inflater }: Record<string, Inflater | undefined> = Reflect.get(
    webSocket,
    "_extensions",
  );
  if (inflater === undefined) return; // the client did not ask for it
  const { decompress } = inflater;
  if (typeof decompress !== "function") throw new Error("ws decompresses messages by a function");
  inflater.decompress = (data, isLast, onInflated) =>
    decompress.call(inflater, data, isLast, (error, bytes) => {
      onBytes(bytes?.length ?? 0);
      onInflated(error, bytes);
    });
}
