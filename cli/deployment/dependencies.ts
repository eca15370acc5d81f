import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { CommandFailure, exitCodes, failed } from "../failure.ts";
import { readPackageFile } from "../project/start-script.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface InstallOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** A directory with dependencies and without node_modules gets them by `npm install --omit=dev`. */
export async function installDependencies(directory: string, { terminal, signal }: InstallOptions): Promise<void> {
  const packageFile = await readPackageFile(directory);
  const count = Object.keys(packageFile?.dependencies ?? {}).length;
  if (count === 0 || existsSync(path.join(directory, "node_modules"))) return;
  await fs.access(directory, fs.constants.W_OK).catch((cause: unknown) => {
    throw failed(
      `${directory} needs its dependencies, but this user may not write there. Run npm install --omit=dev in it as its owner.`,
      { cause },
    );
  });
  using progress = terminal.progress(`Installing the dependencies of ${path.basename(directory)} with npm`);
  progress.update(`npm install --omit=dev in ${directory}`);
  await runNpm(directory, signal);
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
