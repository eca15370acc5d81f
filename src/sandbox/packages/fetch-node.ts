import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { PlatformError } from "../../core/index.ts";
import type { PinnedNode } from "./pinned-nodes.ts";
import { runInstaller } from "./run-installer.ts";

/**
 * Fetches a Node.js by npm, which checks that it is the one that was pinned, and lays out what functions need of it: `bin/node`. Goes through
 * npm for the registry, the proxy and the certificates that its settings name.
 */
export async function fetchNode(
  { packageName, version, integrity }: PinnedNode,
  { directory, into, signal }: { readonly directory: string; readonly into: string; readonly signal: AbortSignal },
): Promise<void> {
  const dependencies = { [packageName]: version };
  const lock = {
    lockfileVersion: 3,
    requires: true,
    packages: { "": { dependencies }, [`node_modules/${packageName}`]: { version, integrity } },
  };
  await writeFile(path.join(directory, "package.json"), JSON.stringify({ private: true, dependencies }));
  await writeFile(path.join(directory, "package-lock.json"), JSON.stringify(lock));
  await runInstaller("npm", npmInstall, { directory, signal });
  const fetched = path.join(directory, "node_modules", packageName);
  const program = path.join(fetched, "bin/node");
  await chmod(program, 0o755);
  const said = (await runInstaller(program, ["--version"], { directory, signal })).trim();
  if (said !== `v${version}`) throw new PlatformError("InsufficientResources", `it says that it is ${said}`);
  await mkdir(path.join(into, "bin"), { recursive: true, mode: 0o755 });
  await rename(program, path.join(into, "bin/node"));
  await rename(path.join(fetched, "LICENSE"), path.join(into, "LICENSE"));
}

/** From the lock file alone, without any program of the package. */
export const npmInstall: readonly string[] = [
  "ci",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
];
