import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Logger } from "../../core/index.ts";
import { hasCode } from "./host-processes.ts";

/** The private directory of a box, its only one to write in. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** Removes what a box left, also where it took away its own permissions. Says so when something stays. */
export async function removeDirectory(directory: string, logger: Logger): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 }).catch(
      async (error: unknown) => {
        if (!hasCode(error, "EACCES", "EPERM", "ENOTEMPTY")) throw error;
        await openDirectories(directory);
        await rm(directory, { recursive: true, force: true });
      },
    );
  } catch (error) {
    logger.warn({ directory, err: error }, "The temporary directory of a sandbox could not be removed");
  }
}

async function openDirectories(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(path.join(directory, entry.name));
  }
}
