import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { RuntimePackage } from "../src/sandbox/index.ts";
import { keptDirectory } from "./kept-directory.ts";

/** A package of the runtimes, fetched as a server does it; kept between runs. */
export interface KeptPackage {
  readonly name: string;
  readonly version: string;
  /** What a server has as `<data>/runtimes/installed/<name>-<version>`. */
  readonly directory: string;
}

const cache = path.resolve(import.meta.dirname, "../node_modules/.cache");

/** A string says why there is none here. */
export async function keptPackage(packages: readonly RuntimePackage[], wanted: string): Promise<KeptPackage | string> {
  const found = packages.find(({ name }) => name === wanted);
  if (found === undefined) return `there is no package ${wanted} for this platform`;
  const { name, version, origin } = found;
  try {
    await mkdir(cache, { recursive: true });
    const kept = await keptDirectory({
      name,
      content: origin + version,
      parent: cache,
      async make(directory) {
        const into = path.join(directory, "installed");
        await mkdir(into, { recursive: true });
        await found.fetch({ directory, into, signal: AbortSignal.timeout(120_000) });
        await rm(path.join(directory, "node_modules"), { recursive: true, force: true });
      },
    });
    return { name, version, directory: path.join(kept, "installed") };
  } catch (error) {
    return `it cannot be fetched: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** As if a server with this data directory had fetched it before. */
export async function giveKept(dataDirectory: string, { name, version, directory }: KeptPackage): Promise<void> {
  const installed = path.join(dataDirectory, "runtimes/installed");
  await mkdir(installed, { recursive: true });
  const place = path.join(installed, `${name}-${version}`);
  const copy = (...how: string[]) => promisify(execFile)("cp", [...how, directory, place]);
  await copy("-al").catch(async () => {
    await rm(place, { recursive: true, force: true }); // on another disk there are no links to the same files
    await copy("-a");
  });
}
