import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { keptDirectory } from "../../kept-directory.ts";
import type { Framework } from "./frameworks.ts";

const run = promisify(execFile);
const repository = path.resolve(import.meta.dirname, "../../..");
const fixtures = path.join(import.meta.dirname, "fixtures");

/** A directory to deploy, or why there is none on this machine. */
type Prepared =
  | { readonly kind: "ready"; readonly directory: string }
  | { readonly kind: "absent"; readonly reason: string };

/**
 * An application of `fixtures/` with its packages and its build, as a user has it before `gust deploy`. Kept from run to
 * run by what is in its folder, lock file included; not below node_modules, where builds take sources for published packages.
 */
export async function prepareFramework(framework: Framework): Promise<Prepared> {
  if (framework.isHeavy === true && process.env["GUST_TEST_FRAMEWORKS"] !== "all") {
    return { kind: "absent", reason: "it takes long: GUST_TEST_FRAMEWORKS=all asks for it" };
  }
  const source = path.join(fixtures, framework.name);
  const version = await versionOf(framework);
  if (version === null) return { kind: "absent", reason: `${program[framework.tools]} is not installed here` };
  try {
    const directory = await keptDirectory({
      name: `app-${framework.name}`,
      content: `${version}\n${JSON.stringify(framework)}\n${await digestOf(source)}`,
      make: (aside) => make(framework, source, aside),
    });
    return { kind: "ready", directory: path.join(directory, framework.output ?? "") };
  } catch (error) {
    if (error instanceof Unreachable) return { kind: "absent", reason: error.message };
    throw error;
  }
}

const program = { npm: "npm", pip: "python3", go: "go" } as const;

async function versionOf({ tools }: Framework): Promise<string | null> {
  try {
    const { stdout } = await run(program[tools], tools === "go" ? ["version"] : ["--version"]);
    return stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function digestOf(directory: string): Promise<string> {
  const hash = createHash("sha256");
  const files = (await fs.readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(await fs.readFile(path.join(directory, file)));
  return hash.digest("hex");
}

async function make(framework: Framework, source: string, directory: string): Promise<void> {
  await fs.cp(source, directory, { recursive: true });
  await installPackages(framework, directory);
  const [command, ...args] = framework.build ?? [];
  if (command !== undefined) {
    const PATH = [path.join(directory, "node_modules/.bin"), path.join(repository, "node_modules/.bin")]
      .concat(process.env["PATH"] ?? "")
      .join(":");
    const env = { ...process.env, PATH, CGO_ENABLED: "0", NEXT_TELEMETRY_DISABLED: "1", NODE_COMPILE_CACHE: "" };
    await run(command, args, { cwd: directory, env, maxBuffer: 1e8 });
  }
  if (framework.output !== undefined) await addDeployment(source, path.join(directory, framework.output));
}

/** What the build of a framework leaves out of its output: how to start it, and how to deploy it. */
async function addDeployment(source: string, output: string): Promise<void> {
  for (const name of ["scf_bootstrap", "template.yaml"]) await fs.cp(path.join(source, name), path.join(output, name));
}

/** Packages that cannot be fetched are no failure of ours. */
class Unreachable extends Error {}

async function installPackages({ tools }: Framework, directory: string): Promise<void> {
  const [command, args] = {
    npm: ["npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]],
    pip: ["python3", ["-m", "pip", "install", "--quiet", "--no-compile", "-r", "requirements.txt", "-t", "."]],
    go: ["go", ["mod", "download"]],
  }[tools] as [string, string[]]; // a table of tuples
  if (tools === "go" && !existsSync(path.join(directory, "go.sum"))) return; // nothing but its standard library
  try {
    await run(command, args, { cwd: directory, maxBuffer: 1e8, timeout: 120_000 });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (
      !/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|No matching distribution|Could not find a version|dial tcp/.test(
        text,
      )
    )
      throw error;
    throw new Unreachable(`its packages cannot be fetched: ${text.split("\n", 3).join(" ")}`);
  }
}
