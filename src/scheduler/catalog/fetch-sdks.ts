import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { runtimeOf, type FunctionSpec } from "../../core/index.ts";
import { nodeSdkNames, pythonSdkNames, sdkPackageNames } from "../../sandbox/index.ts";
import type { StatusReason } from "../../store/index.ts";
import type { ProgramPackages } from "../pools/warm-pool.ts";
import { toReason } from "./catalog-sync.ts";

/** How the code of a language names a library, and where it brings its own. */
interface SdkSet {
  readonly packageName: string;
  readonly names: readonly string[];
  readonly endings: RegExp;
  readonly mention: (name: string) => RegExp;
  readonly own: (name: string) => readonly string[];
}

const sets: Partial<Record<ReturnType<typeof runtimeOf>["language"], SdkSet>> = {
  node: {
    packageName: sdkPackageNames.node,
    names: nodeSdkNames,
    endings: /\.[cm]?[jt]s$/,
    mention: (name) => new RegExp(`["'\`]${name}(?:["'\`]|/)`),
    own: (name) => [`node_modules/${name}`],
  },
  python: {
    packageName: sdkPackageNames.python,
    names: pythonSdkNames,
    endings: /\.py$/,
    // `from requests.auth import …`, `import os, requests`; not a module of that name inside another package
    mention: (name) => new RegExp(`^\\s*(?:from\\s+|import\\s+(?:.*,\\s*)?)${name}\\b`, "m"),
    own: (name) => [name, `${name}.py`],
  },
};

/** Code that is longer is not written by hand, and brings what it needs. */
const longestFileBytes = 1024 * 1024;
const mostFiles = 500;

/**
 * Fetches the built-in packages for the first function whose code names one. It is served without them, too: a name may mean nothing, and
 * whoever needs them is told what is missing.
 */
export async function fetchSdks(
  { runtime }: Pick<FunctionSpec, "runtime">,
  codeDirectory: string,
  packages: ProgramPackages,
  options: { signal: AbortSignal; tell: (progress: StatusReason) => void },
): Promise<StatusReason[]> {
  const set = sets[runtimeOf(runtime).language];
  if (set === undefined || packages.isInstalled(set.packageName) || packages.find(set.packageName) === null) return [];
  const named = await namedSdk(set, codeDirectory);
  if (named === null) return [];
  options.tell({ errorCode: "RuntimeFetching", errorMessage: `${named} is built in, and being fetched` });
  try {
    await packages.install(set.packageName, options);
    return [];
  } catch (error) {
    options.signal.throwIfAborted();
    const { errorMessage } = toReason(error);
    return [{ errorCode: "PackagesMissing", errorMessage: `${named} is not there to be loaded: ${errorMessage}` }];
  }
}

/**
 * One of the built-in packages that the files of a code directory name and do not bring. A mere mention is enough: one that is fetched in vain costs a
 * moment of one deployment, one that is missed a function that does not start.
 */
async function namedSdk({ names, endings, mention, own }: SdkSet, codeDirectory: string): Promise<string | null> {
  const mentions = names.map((name) => ({ name, pattern: mention(name) }));
  const found = new Set<string>();
  for (const file of await sourceFiles(codeDirectory, endings)) {
    const source = await readFile(file, "utf8");
    for (const { name, pattern } of mentions) if (pattern.test(source)) found.add(name);
  }
  for (const name of found) {
    const brought = await Promise.all(own(name).map(async (place) => isThere(path.join(codeDirectory, place))));
    if (!brought.includes(true)) return name;
  }
  return null;
}

async function sourceFiles(codeDirectory: string, endings: RegExp): Promise<string[]> {
  const files: string[] = [];
  const installed = await installedByPip(codeDirectory);
  const folders = [codeDirectory];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (folder === codeDirectory && installed.has(entry.name)) continue;
      const file = path.join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules") folders.push(file);
      if (!entry.isFile() || !endings.test(entry.name) || (await stat(file)).size > longestFileBytes) continue;
      files.push(file);
      if (files.length === mostFiles) return files;
    }
  }
  return files;
}

/** Files and folders beside a function's own code that pip put there: their needs came with them. */
async function installedByPip(codeDirectory: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const name of await readdir(codeDirectory)) {
    if (!name.endsWith(".dist-info")) continue;
    const record = await readFile(path.join(codeDirectory, name, "RECORD"), "utf8").catch(() => ""); // older tools write none
    for (const line of record.split("\n")) names.add(line.split(/[/,]/, 1)[0] ?? "");
  }
  return names;
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}
