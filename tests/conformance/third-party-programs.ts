import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const sources = path.resolve(import.meta.dirname, "fixtures/go");
/** Kept from run to run: what is in it follows from pinned versions alone. */
const cache = path.resolve(import.meta.dirname, "../../node_modules/.cache/third-party");

/** A program, or why it cannot be had on this machine. */
export type Prepared<T> =
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "absent"; readonly reason: string };

/** Builds one of the Go programs of `fixtures/go` with the libraries as they are published; gives its bytes. */
export async function buildGoProgram(name: "scf" | "lambda"): Promise<Prepared<Buffer>> {
  const output = path.join(cache, `go-${name}`);
  const environment = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };
  try {
    await execute("go", ["version"]);
  } catch {
    return { kind: "absent", reason: "Go is not installed here" };
  }
  try {
    await execute("go", ["mod", "download"], { cwd: sources, env: environment });
  } catch (error) {
    return { kind: "absent", reason: `the Go libraries cannot be fetched: ${firstLine(error)}` };
  }
  await mkdir(cache, { recursive: true });
  await execute("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", output, `./${name}`], {
    cwd: sources,
    env: environment,
  });
  return { kind: "ready", value: await readFile(output) };
}

const ricVersion = "4.2.2";

/** A box has the host's /usr alone, wherever else this user has a Python. */
const systemPython = "/usr/bin/python3";

/** Installs AWS's runtime client for Python, wheels only; gives the interpreter and the folder to import it from. */
export async function installPythonClient(): Promise<Prepared<{ readonly python: string; readonly folder: string }>> {
  const folder = path.join(cache, "awslambdaric");
  const python = existsSync(systemPython) ? systemPython : "python3";
  try {
    const packages = [`awslambdaric==${ricVersion}`, "simplejson", "snapshot-restore-py"];
    const options = ["install", "--quiet", "--only-binary", ":all:", "--upgrade", "--target", folder];
    await execute("python3", ["-m", "pip", ...options, ...packages]);
    await execute(python, ["-c", "import runtime_client, awslambdaric"], { env: { PYTHONPATH: folder } });
  } catch (error) {
    return { kind: "absent", reason: `awslambdaric cannot be had for the Python of this system: ${firstLine(error)}` };
  }
  return { kind: "ready", value: { python, folder } };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 2).join(" ");
}
