import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { hasFile, hostRoot, lacks, type SystemRoot } from "../system-root.ts";
import { findProgram } from "../host-programs/find-program.ts";

/** A Java development kit of this host. */
export interface JavaKit {
  /** With `bin/java` and `bin/javac` in it. */
  readonly home: string;
  /** `17.0.15`. */
  readonly version: string;
}

/** The runtime is written for it; newer ones do, too. */
export const oldestJava = 17;

/** Where distributions put kits; boxes see it, since it is below /usr. */
const kitsDirectory = "/usr/lib/jvm";

/** The kit of the javac in PATH when it is new enough, else the oldest that is; null: none is installed. */
export function findJava(javac = findProgram("javac"), directory = kitsDirectory): JavaKit | null {
  const inPath = javac === null ? null : readKit(path.dirname(path.dirname(realpathSync(javac))));
  if (inPath !== null) return inPath;
  const homes = existsSync(directory) ? readdirSync(directory) : [];
  const kits = homes.map((name) => readKit(path.join(directory, name))).filter((kit) => kit !== null);
  return kits.toSorted((one, other) => featureOf(one.version) - featureOf(other.version))[0] ?? null;
}

/** What keeps functions in Java from running: the kit of the host compiles our runtime, and the system that boxes see runs it. Null: nothing. */
export function missingJava(root: SystemRoot, kit = findJava()): string | null {
  if (kit === null) return lacks(hostRoot, `JDK ${oldestJava} or newer`, `openjdk-${oldestJava}-jdk-headless`);
  const java = path.join(kit.home, "bin/java");
  return hasFile(root, java) ? null : lacks(root, java, `openjdk-${featureOf(kit.version)}-jre-headless`);
}

/** Null for a directory that is no kit, or one that is too old. */
function readKit(home: string): JavaKit | null {
  const programs = ["bin/java", "bin/javac", "release"].map((name) => path.join(home, name));
  if (!programs.every((file) => existsSync(file))) return null;
  const release = readFileSync(path.join(home, "release"), "utf8");
  const version = /^JAVA_VERSION="?(\d+(?:\.\d+)*)/m.exec(release)?.[1];
  return version === undefined || featureOf(version) < oldestJava ? null : { home, version };
}

function featureOf(version: string): number {
  return Number.parseInt(version, 10);
}
