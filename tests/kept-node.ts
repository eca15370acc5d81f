import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { nodePackages } from "../src/sandbox/index.ts";
import { keptDirectory } from "./kept-directory.ts";

const cache = path.resolve(import.meta.dirname, "../node_modules/.cache");

/** A Node.js of another version, fetched as a server does it; kept between runs. */
export interface KeptNode {
  readonly name: string;
  readonly version: string;
  /** What a server has as `<data>/runtimes/installed/<name>-<version>`. */
  readonly directory: string;
  readonly program: string;
}

/** A string says why there is none here. */
export async function keptNode(line: string): Promise<KeptNode | string> {
  const found = nodePackages().find(({ name }) => name === `node${line}`);
  if (found === undefined) return `there is no package of Node.js ${line} for this platform`;
  const { name, version, origin } = found;
  try {
    await mkdir(cache, { recursive: true });
    const kept = await keptDirectory({
      name,
      content: origin,
      parent: cache,
      async make(directory) {
        const into = path.join(directory, "installed");
        await mkdir(into, { recursive: true });
        await found.fetch({ directory, into, signal: AbortSignal.timeout(120_000) });
        await rm(path.join(directory, "node_modules"), { recursive: true });
      },
    });
    const directory = path.join(kept, "installed");
    return { name, version, directory, program: path.join(directory, "bin/node") };
  } catch (error) {
    return `it cannot be fetched: ${error instanceof Error ? error.message : String(error)}`;
  }
}
