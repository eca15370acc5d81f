import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, rename, symlink } from "node:fs/promises";
import path from "node:path";
import { npmInstall } from "./fetch-node.ts";
import { runInstaller } from "./run-installer.ts";
import type { RuntimePackage } from "./runtime-packages.ts";

const locks = path.resolve(import.meta.dirname, "../../../runtimes/sdks");

/** Name of the package with what functions in JavaScript can load without bringing it. */
export const nodeSdks = "sdk-node";

/** Folder of that package with links to what may be loaded: what those need themselves is nobody else's. */
export const importableFolder = "importable";

/** The libraries that functions can load without bringing them, each set at the versions of one lock file. */
export function sdkPackages(): RuntimePackage[] {
  const directory = path.join(locks, "node");
  const names = sdkNames();
  return [
    {
      name: nodeSdks,
      version: digestOf(path.join(directory, "package-lock.json")),
      title: `The built-in packages (${names.join(", ")})`,
      origin: "npm: runtimes/sdks/node/package-lock.json",
      fetch: (places) => fetchNodeSdks(directory, names, places),
    },
  ];
}

/** What functions in JavaScript can load. */
export function sdkNames(): string[] {
  const { dependencies } = JSON.parse(readFileSync(path.join(locks, "node/package.json"), "utf8")) as {
    dependencies: Record<string, string>; // our own file
  };
  return Object.keys(dependencies);
}

async function fetchNodeSdks(
  locked: string,
  names: readonly string[],
  { directory, into, signal }: Parameters<RuntimePackage["fetch"]>[0],
): Promise<void> {
  for (const file of ["package.json", "package-lock.json"]) {
    await copyFile(path.join(locked, file), path.join(directory, file));
  }
  await runInstaller("npm", npmInstall, { directory, signal });
  await rename(path.join(directory, "node_modules"), path.join(into, "node_modules"));
  for (const name of names) {
    const link = path.join(into, importableFolder, name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.relative(path.dirname(link), path.join(into, "node_modules", name)), link);
  }
  await runInstaller("chmod", ["-R", "a+rX", into], { directory, signal }); // whoever a box's user is
}

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
}
