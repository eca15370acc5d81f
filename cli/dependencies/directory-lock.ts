import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";

interface LockOptions {
  readonly signal: AbortSignal;
  /** Called when another process has it. */
  readonly onWaiting: () => void;
}

/** One process at a time has the lock of a directory. */
export async function lockDirectory(directory: string, options: LockOptions): Promise<Disposable> {
  const real = await fs.realpath(directory);
  const name = `gust-${createHash("sha256").update(real).digest("hex").slice(0, 32)}`;
  // Only Linux has sockets with a name and no file.
  return lockSocket(process.platform === "linux" ? `\0${name}` : path.join(os.tmpdir(), `${name}.sock`), options);
}

/**
 * The lock is a socket that listens under a name: the kernel takes it back from a process that dies, and who waits hears of its
 * end without asking again. Of one with a file, the file is left over then, and removed by the next that wants it.
 */
export async function lockSocket(name: string, { signal, onWaiting }: LockOptions): Promise<Disposable> {
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
  let isLeftOver = false;
  // Refused or reset (an error, and then closed): it was released a moment ago.
  net
    .connect({ path: name, signal })
    .on("error", (error) => (isLeftOver = isRefused(error) && !name.startsWith("\0")))
    .on("close", () => resolve())
    .resume();
  await promise;
  if (isLeftOver) await fs.rm(name, { force: true });
}

function isRefused(error: Error): boolean {
  return "code" in error && error.code === "ECONNREFUSED";
}
