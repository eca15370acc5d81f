import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { prepareDataDirectory } from "../src/store/postgres/data-directory.ts";
import { findPrograms } from "../src/store/postgres/programs.ts";
import { findServerUser } from "../src/store/postgres/server-user.ts";

// The database that a first start makes, made once for all tests of a run: copying it takes a third of the processor time.

/** Where test processes find it; absent when a test file runs by itself, and databases are then made anew. */
const variable = "GUST_TEST_DATABASE";

/** Puts the prepared database where a store on `dataDirectory` will look for one. */
export async function putPreparedDatabase(dataDirectory: string): Promise<void> {
  const prepared = process.env[variable];
  if (prepared !== undefined) await promisify(execFile)("cp", ["-a", path.join(prepared, "postgres"), dataDirectory]);
}

/** For `node --test --test-global-setup`: its environment is that of every test process. */
export async function globalSetup(): Promise<void> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-prepared-"));
  process.env[variable] = directory;
  await fs.chmod(directory, 0o755); // the database's own user has to reach its directory
  const home = path.join(directory, "postgres");
  const user = await findServerUser(home);
  const signal = AbortSignal.timeout(60_000);
  await prepareDataDirectory(home, await findPrograms(directory, user), user, { signal });
}

export async function globalTeardown(): Promise<void> {
  const directory = process.env[variable];
  if (directory !== undefined) await fs.rm(directory, { recursive: true, force: true });
}
