import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { CommandFailure, exitCodes, failed, isMissing } from "../failure.ts";
import { readPackageFile } from "../project/start-script.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { lockDirectory } from "./directory-lock.ts";

interface InstallOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** In node_modules while npm fills it: who sees a node_modules without it sees all of it. */
const unfinishedName = ".gust-unfinished";

/** A directory with dependencies and without node_modules gets them by `npm install --omit=dev`; of several deployments one installs. */
export async function installDependencies(directory: string, { terminal, signal }: InstallOptions): Promise<void> {
  const packageFile = await readPackageFile(directory);
  const count = Object.keys(packageFile?.dependencies ?? {}).length;
  if (count === 0 || isWhole(await entriesOf(directory))) return;
  await fs.access(directory, fs.constants.W_OK).catch((cause: unknown) => {
    throw failed(
      `${directory} needs its dependencies, but this user may not write there. Run npm install --omit=dev in it as its owner.`,
      { cause },
    );
  });
  using progress = terminal.progress(`Installing the dependencies of ${path.basename(directory)} with npm`);
  const onWaiting = (): void => progress.update(`another gust deploy installs in ${directory}`);
  using _ = await lockDirectory(directory, { signal, onWaiting });
  if (await isDone(directory)) return;
  progress.update(`npm install --omit=dev in ${directory}`);
  await install(directory, signal);
}

/** All or nothing: of an installation that fails or is interrupted nothing stays that the next one could take for whole. */
async function install(directory: string, signal: AbortSignal): Promise<void> {
  const folder = path.join(directory, "node_modules");
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(
    path.join(folder, unfinishedName),
    "gust deploy installs here; what is beside this file is not whole\n",
  );
  try {
    await runNpm(directory, signal);
  } catch (error) {
    await fs.rm(folder, { recursive: true, force: true });
    throw error;
  }
  await fs.rm(path.join(folder, unfinishedName), { force: true });
}

/** Asked with the lock: what is unfinished now was left by a process that was killed, and goes. */
async function isDone(directory: string): Promise<boolean> {
  const entries = await entriesOf(directory);
  if (!entries.includes(unfinishedName)) return isWhole(entries);
  const folder = path.join(directory, "node_modules");
  // npm writes it last: its owner has mended the rest.
  const isMended = entries.includes(".package-lock.json");
  await fs.rm(isMended ? path.join(folder, unfinishedName) : folder, { recursive: true, force: true });
  return isMended;
}

/** An empty one is a moment old, or of no use. */
function isWhole(entries: readonly string[]): boolean {
  return entries.length > 0 && !entries.includes(unfinishedName);
}

async function entriesOf(directory: string): Promise<string[]> {
  return fs.readdir(path.join(directory, "node_modules")).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function runNpm(directory: string, signal: AbortSignal): Promise<void> {
  // Where the user keeps no lock file, none is left behind.
  const lock = existsSync(path.join(directory, "package-lock.json")) ? [] : ["--no-package-lock"];
  const options = ["install", ...lock, "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error", "--progress=false"];
  const npm = spawn("npm", options, { cwd: directory, env: systemEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void npm.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: string[] = [];
    npm.stdout.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
    npm.stderr.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
    const [code] = await once(npm, "close");
    if (signal.aborted) throw new CommandFailure(exitCodes.interrupted, "Interrupted.");
    if (code !== 0) throw failed(`npm install failed in ${directory}: ${explainNpm(chunks.join(""))}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw failed(
        "npm is not installed, but the function has dependencies. Install npm, put node_modules there, or have the server install them: gust deploy --install-dependency.",
        {
          cause: error,
        },
      );
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Without the folder of our own Node.js, which the launcher puts in front: npm runs with the Node.js it came with, which
 * trusts the certificates of the system.
 */
function systemEnvironment(): NodeJS.ProcessEnv {
  const ours = path.dirname(process.execPath);
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return { ...process.env, PATH: folders.filter((folder) => folder !== ours).join(path.delimiter) };
}

function explainNpm(output: string): string {
  if (/ENOSPC/.test(output)) return "no disk space is left.";
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH/.test(output)) {
    return "the package registry cannot be reached; check the network.";
  }
  if (/CERT/.test(output)) return "the registry's certificate is not trusted here; see NODE_EXTRA_CA_CERTS of Node.js.";
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !line.includes("A complete log of this run"));
  return lines.slice(0, 4).join("\n") || "it gave no reason.";
}
