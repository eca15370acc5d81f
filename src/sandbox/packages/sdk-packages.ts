import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, rename, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Logger } from "../../core/index.ts";
import { npmInstall } from "./fetch-node.ts";
import { runInstaller } from "./run-installer.ts";
import type { RuntimePackage } from "./runtime-packages.ts";

const locks = path.resolve(import.meta.dirname, "../../../runtimes/sdks");
const npmLock = path.join(locks, "node/package-lock.json");
const pipLock = path.join(locks, "python/requirements.txt");

/** Names of the packages with what functions can load without bringing it. */
export const sdkPackageNames = { node: "sdk-node", python: "sdk-python" } as const;

/** What functions in JavaScript can load. */
export const nodeSdkNames: readonly string[] = Object.keys(
  // our own file
  (JSON.parse(readFileSync(path.join(locks, "node/package.json"), "utf8")) as { dependencies: object }).dependencies,
);

/** What functions in Python can import. */
export const pythonSdkNames = ["tencentcloud", "qcloud_cos", "requests"] as const;

/** Folder of `sdk-node` with links to what may be loaded: what those need themselves is nobody else's. */
export const importableFolder = "importable";

/** Folder of `sdk-python` that stands in PYTHONPATH. */
export const siteFolder = "site";

/** The libraries that functions can load without bringing them, each set at the versions of one lock file. */
export async function sdkPackages({ logger }: { readonly logger: Logger }): Promise<RuntimePackage[]> {
  const names = nodeSdkNames.join(", ");
  const node: RuntimePackage = {
    name: sdkPackageNames.node,
    version: digestOf(readFileSync(npmLock, "utf8")),
    title: `The built-in packages for Node.js (${names})`,
    origin: "npm: runtimes/sdks/node/package-lock.json",
    fetch: fetchNodeSdks,
  };
  const python = await pythonTag(logger);
  if (python === null) return [node];
  return [
    node,
    {
      name: sdkPackageNames.python,
      version: digestOf(`${python} ${readFileSync(pipLock, "utf8")}`), // some of it is compiled for one version
      title: "The built-in packages for Python (tencentcloud-sdk-python, cos-python-sdk-v5, requests)",
      origin: "pip: runtimes/sdks/python/requirements.txt",
      fetch: fetchPythonSdks,
    },
  ];
}

async function fetchNodeSdks({ directory, into, signal }: Parameters<RuntimePackage["fetch"]>[0]): Promise<void> {
  for (const file of [npmLock, path.join(path.dirname(npmLock), "package.json")]) {
    await copyFile(file, path.join(directory, path.basename(file)));
  }
  await runInstaller("npm", npmInstall, { directory, signal });
  await rename(path.join(directory, "node_modules"), path.join(into, "node_modules"));
  for (const name of nodeSdkNames) {
    const link = path.join(into, importableFolder, name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.relative(path.dirname(link), path.join(into, "node_modules", name)), link);
  }
  await makeReadable(into, signal);
}

/** Wheels alone: nothing of what is fetched runs here. */
async function fetchPythonSdks({ directory, into, signal }: Parameters<RuntimePackage["fetch"]>[0]): Promise<void> {
  const options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"];
  const what = ["--only-binary=:all:", "--target", path.join(into, siteFolder), "-r", pipLock];
  await runInstaller("python3", ["-m", "pip", "install", ...options, ...what], { directory, signal });
  await makeReadable(into, signal);
}

/** Whoever a box's user is. */
async function makeReadable(into: string, signal: AbortSignal): Promise<void> {
  await runInstaller("chmod", ["-R", "a+rX", into], { directory: into, signal });
}

/** Which wheels the host's Python takes; null: it has none. */
async function pythonTag(logger: Logger): Promise<string | null> {
  const ask = "import sysconfig, sys; print(sys.implementation.cache_tag, sysconfig.get_platform())";
  const options = { directory: os.tmpdir(), signal: AbortSignal.timeout(askBoundMs) };
  try {
    return (await runInstaller("python3", ["-I", "-S", "-c", ask], options)).trim();
  } catch (error) {
    logger.debug({ err: error }, "This host has no python3");
    return null;
  }
}

const askBoundMs = 10_000;

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
