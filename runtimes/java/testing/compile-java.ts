import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { findJava, type JavaKit } from "../../../src/sandbox/java/find-java.ts";
import type { PackageFiles } from "../../../tests/conformance/code-package.ts";
import { keptDirectory } from "../../../tests/kept-directory.ts";

const execute = promisify(execFile);

/** Of this machine; null: what needs it is skipped, and says so. */
const javaKit: JavaKit | null = findJava();

/** Why tests of Java are skipped, or false. */
export const skipsJava: string | false = javaKit === null && "no JDK 17 or newer is installed";

/** The kit, in tests that are not skipped. */
export function requireKit(): JavaKit {
  if (javaKit === null) throw new Error("no JDK is installed");
  return javaKit;
}

/**
 * Compiles sources, named as files of a package, against jars; gives the class files. Kept between runs, because javac takes a second. Empty where
 * there is no JDK.
 */
export async function compileJava(
  sources: Readonly<Record<string, string>>,
  jars: readonly string[] = [],
): Promise<PackageFiles> {
  if (javaKit === null) return {};
  const { home, version } = javaKit;
  const directory = await keptDirectory({
    name: "java-classes",
    content: JSON.stringify([version, sources, jars]),
    async make(made) {
      const folder = path.join(made, "sources");
      const files = Object.keys(sources).map((name) => path.join(folder, name));
      for (const [name, text] of Object.entries(sources)) {
        await fs.mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await fs.writeFile(path.join(folder, name), text);
      }
      const options = ["-nowarn", "-encoding", "UTF-8", "-cp", jars.join(":"), "-d", path.join(made, "classes")];
      await execute(path.join(home, "bin/javac"), [...options, ...files]);
    },
  });
  return readFiles(path.join(directory, "classes"));
}

/** All files below a folder, as files of a package. */
async function readFiles(folder: string): Promise<PackageFiles> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const read = files.map(async (file) => {
    return [path.relative(folder, file), { text: await fs.readFile(file), mode: 0o644 }] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
