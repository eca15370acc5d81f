import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { ServerUser } from "./server-user.ts";

/** Where the server puts its Unix socket. */
export interface SocketDirectory {
  readonly path: string;
  /** Removes it, if it was made for this server alone. */
  remove(): Promise<void>;
}

const prefix = "gust-postgres-";
/** `sun_path` holds 108 bytes, one of them the end mark. */
const longestSocketPath = 107;
const socketName = ".s.PGSQL.5432";

/** The server's own directory (mode 0700) where the path is short enough; a private one under the system's temporary directory otherwise. */
export async function openSocketDirectory(serverDirectory: string, user: ServerUser): Promise<SocketDirectory> {
  if (Buffer.byteLength(path.join(serverDirectory, socketName)) <= longestSocketPath) {
    return { path: serverDirectory, remove: async () => undefined };
  }
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), prefix));
  await user.own(directory);
  return { path: directory, remove: () => fs.rm(directory, { recursive: true, force: true }) };
}

/** Removes the socket of a server that is gone, with the temporary directory it may have had. */
export async function removeLeftSocket(directory: string): Promise<void> {
  if (path.basename(directory).startsWith(prefix)) return fs.rm(directory, { recursive: true, force: true });
  // Its lock names a pid, too, and a reused one would stop the next server.
  for (const name of [socketName, `${socketName}.lock`]) await fs.rm(path.join(directory, name), { force: true });
}
