import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";

interface LockOptions {
  readonly signal: AbortSignal;
  /** Called when another process has it. */
  readonly onWaiting: () => void;
}

/**
 * One process at a time has the lock of a directory. It is a socket with a name and no file: the kernel takes it back from a
 * process that dies, so that no lock is ever left over, and who waits hears of its end without asking again.
 */
export async function lockDirectory(directory: string, { signal, onWaiting }: LockOptions): Promise<Disposable> {
  const real = await fs.realpath(directory);
  const name = `\0gust-dependencies-${createHash("sha256").update(real).digest("hex")}`;
  for (;;) {
    signal.throwIfAborted();
    const lock = await tryLock(name);
    if (lock !== null) return lock;
    onWaiting();
    await untilReleased(name, signal);
  }
}

async function tryLock(name: string): Promise<Disposable | null> {
  const waiting = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => waiting.delete(socket)).unref();
  });
  try {
    await once(server.listen(name), "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return null;
    throw error;
  }
  server.unref();
  const release = (): void => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
  return { [Symbol.dispose]: release };
}

/** Whoever has the lock never writes: the connection ends with it. */
async function untilReleased(name: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Refused or reset (an error, and then closed): it was released a moment ago.
  net
    .connect({ path: name, signal })
    .on("error", () => {})
    .on("close", () => resolve())
    .resume();
  await promise;
}
