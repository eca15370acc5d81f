import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PlatformError } from "../../core/index.ts";
import { hasCode } from "../process/host-processes.ts";

const maxOutputBytes = 16 * 1024 * 1024;
const boundMs = 600_000;

/** Runs npm or pip of this host in a directory. Throws a PlatformError with one sentence that says what stands against it. */
export async function runInstaller(
  program: string,
  parameters: readonly string[],
  { directory, signal }: { readonly directory: string; readonly signal: AbortSignal },
): Promise<string> {
  try {
    const options = { cwd: directory, signal, maxBuffer: maxOutputBytes, timeout: boundMs };
    return (await promisify(execFile)(program, parameters, options)).stdout;
  } catch (cause) {
    signal.throwIfAborted();
    throw new PlatformError("InsufficientResources", explain(program, cause), { cause });
  }
}

const network =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|NewConnectionError|ConnectTimeoutError/;

function explain(program: string, cause: unknown): string {
  if (hasCode(cause, "ENOENT")) return `${program} is not installed on this host`;
  const output = outputOf(cause);
  if (output.includes("No module named pip"))
    return "python3 of this host has no pip (Debian: apt-get install python3-pip)";
  if (/EINTEGRITY|THESE PACKAGES DO NOT MATCH THE HASHES/.test(output)) {
    return "the registry has other content under this version than the one pinned here";
  }
  if (/ENOSPC|No space left/.test(output)) return "no disk space is left";
  if (/E404|No matching distribution/.test(output)) return "the registry does not have it";
  if (network.test(output)) {
    const setting = program === "npm" ? "npm config set registry URL, npm config set proxy URL" : "PIP_INDEX_URL";
    return `the package registry cannot be reached (another one, or a proxy: ${setting})`;
  }
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !line.includes("complete log of this run"));
  return `${program} failed: ${lines.slice(0, linesShown).join(" ").slice(0, charactersShown)}`;
}

const linesShown = 4;
const charactersShown = 600;

function outputOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { stderr, stdout } = cause as { stderr?: unknown; stdout?: unknown }; // what execFile adds
  const said = [stderr, stdout]
    .filter((text) => typeof text === "string")
    .join("\n")
    .trim();
  return said === "" ? cause.message : said;
}
