import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { PlatformError } from "../../core/index.ts";
import { makeWhole } from "../packages/make-whole.ts";
import type { JavaKit } from "./find-java.ts";
import { archiveName, jarName, javaFlags, linkName } from "./java-command.ts";

const execute = promisify(execFile);
const sources = path.resolve(import.meta.dirname, "../../../runtimes/java/src");

/** Changes when builds have to be made anew although neither sources nor Java changed. */
const recipe = 2;
const folderPrefix = "java-";

/** What the runtime may reach of Java that is closed to programs: a descriptor to take over, the environment, the code of System.exit. */
const manifest = [
  "Main-Class: gust.runtime.Main",
  "Add-Opens: java.base/java.lang java.base/java.io java.base/sun.nio.ch",
  "",
].join("\n");

/**
 * Compiles the Java runtime for a kit, into a folder of `directory` that is named after all that decides what is in it, and kept from then on.
 * Beside the jar lies an archive of its loaded classes, from which the JVM starts faster. Gives the folder.
 */
export async function buildJavaRuntime(
  kit: JavaKit,
  directory: string,
  { signal }: { signal: AbortSignal },
): Promise<string> {
  const files = await sourceFiles();
  const folder = path.join(directory, folderPrefix + (await keyOf(kit, files)));
  if (existsSync(folder)) return folder;
  await fs.mkdir(directory, { recursive: true, mode: 0o755 });
  await removeOthers(directory, path.basename(folder));
  try {
    await makeWhole(folder, directory, ({ into }) => compile(kit, files, into, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw buildFailed(kit, error);
  }
  return folder;
}

async function compile(kit: JavaKit, files: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
  const program = async (name: string, args: readonly string[]): Promise<unknown> =>
    execute(path.join(kit.home, "bin", name), args, { cwd: folder, signal, env: {} });
  await fs.writeFile(path.join(folder, "manifest"), manifest);
  // Strings put together by invokedynamic cost the first call milliseconds.
  const options = ["-nowarn", "--release", "17", "-encoding", "UTF-8", "-XDstringConcat=inline", "-d", "classes"];
  await program("javac", [...options, ...files]);
  await program("jar", ["-c", "-f", jarName, "-m", "manifest", "-C", "classes", "."]);
  await fs.symlink(jarName, path.join(folder, linkName));
  await program("java", [...javaFlags, "-XX:DumpLoadedClassList=loaded", "-jar", linkName, "rehearse"]);
  const archive = ["-Xshare:dump", "-XX:SharedClassListFile=loaded", `-XX:SharedArchiveFile=${archiveName}`];
  await program("java", [...javaFlags, ...archive, "-jar", linkName]);
  for (const name of ["manifest", "loaded", "classes", linkName]) {
    await fs.rm(path.join(folder, name), { recursive: true });
  }
  for (const name of [jarName, archiveName]) await fs.chmod(path.join(folder, name), 0o644);
}

async function sourceFiles(): Promise<string[]> {
  const names = await fs.readdir(sources, { recursive: true });
  return names
    .filter((name) => name.endsWith(".java"))
    .toSorted()
    .map((name) => path.join(sources, name));
}

async function keyOf(kit: JavaKit, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([recipe, kit, javaFlags, manifest]));
  for (const file of files) hash.update(`\0${path.relative(sources, file)}\0`).update(await fs.readFile(file));
  return hash.digest("hex").slice(0, 16);
}

/** Of older sources or another Java. A JVM that still runs from one has its files open. */
async function removeOthers(directory: string, own: string): Promise<void> {
  for (const name of await fs.readdir(directory)) {
    if (!name.startsWith(folderPrefix) || name.startsWith(own)) continue;
    await fs.rm(path.join(directory, name), { recursive: true, force: true });
  }
}

function buildFailed(kit: JavaKit, cause: unknown): PlatformError {
  const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
  return new PlatformError(
    "InstanceStartFailed",
    `The Java runtime could not be compiled by ${kit.home}: ${said.slice(0, 500)}`,
    { cause },
  );
}
