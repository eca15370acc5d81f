import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { messageOf, PlatformError } from "../../core/index.ts";
import { describeFullDisk, saysDiskFull } from "./disk-space.ts";
import type { Programs } from "./programs.ts";
import type { ServerUser } from "./server-user.ts";
import { serverEnvironment } from "./settings.ts";

/** Name of the superuser and only role of an embedded server. */
export const serverRole = "gust";

/**
 * Makes the server's directory if it is not there. Made beside its place and renamed into it, so
 * that a crash half way leaves nothing that looks like a database.
 */
export async function prepareDataDirectory(
  directory: string,
  programs: Programs,
  user: ServerUser,
  options: { signal: AbortSignal },
): Promise<void> {
  const version = await fs.readFile(path.join(directory, "PG_VERSION"), "utf8").catch(() => null);
  if (version === null) return makeDataDirectory(directory, programs, user, options);
  if (version.trim() === programs.majorVersion) return;
  throw new Error(
    `The database in ${directory} was made by PostgreSQL ${version.trim()}; this Gust brings PostgreSQL ${programs.majorVersion}. Install the Gust that made it or use another --data directory.`,
  );
}

async function makeDataDirectory(
  directory: string,
  programs: Programs,
  user: ServerUser,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const unfinished = `${directory}.new`;
  await fs.rm(unfinished, { recursive: true, force: true });
  await fs.mkdir(unfinished, { mode: 0o700 });
  await user.own(unfinished);
  const initdb = path.join(programs.root, "bin/initdb");
  try {
    await promisify(execFile)(initdb, initdbArguments(unfinished), {
      ...user.spawn,
      cwd: "/",
      env: serverEnvironment,
      signal,
    });
  } catch (cause) {
    await fs.rm(unfinished, { recursive: true, force: true });
    throw await explainFailure(cause, directory, user);
  }
  await fs.rename(unfinished, directory);
}

function initdbArguments(directory: string): string[] {
  const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  return ["-D", directory, "-U", serverRole, "--auth=trust", "--no-instructions", ...locale];
}

async function explainFailure(cause: unknown, directory: string, user: ServerUser): Promise<Error> {
  const output = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : "";
  const parent = path.dirname(directory);
  if (saysDiskFull(output)) return new PlatformError("StoreUnavailable", await describeFullDisk(parent), { cause });
  if (/could not access directory|Permission denied/.test(output)) {
    return new Error(
      `PostgreSQL (as user ${user.name}) cannot reach ${directory}: every directory above it must be enterable by that user (chmod o+x). Change that, or give another directory with --data DIR.`,
      { cause },
    );
  }
  const reason = output.trim().split("\n").at(-1) || messageOf(cause);
  return new Error(`The database in ${directory} could not be made: ${reason}`, { cause });
}
