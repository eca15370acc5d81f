import path from "node:path";
import { limits } from "../../core/index.ts";
import type { JavaKit } from "./find-java.ts";

export const jarName = "runtime.jar";
export const archiveName = "runtime.jsa";
/** By this name in the working directory the JVM has the jar when the archive is made, and when it is used: see start.sh. */
export const linkName = ".gust-java.jar";

const startScript = path.resolve(import.meta.dirname, "../../../runtimes/java/start.sh");

/**
 * How a JVM of a box is started; measurements are in docs/spec.md. A pooled JVM starts before the function is known, and the size of a heap
 * cannot be changed afterwards: it may grow as large as the largest function, the box's own limit ends it where its function's memory does, and
 * a heap that grows only as far as it is filled keeps garbage from being taken for need.
 */
export const javaFlags: readonly string[] = [
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-XX:-UsePerfData",
  `-Xmx${limits.memoryMb.max}m`,
  "-Xms8m",
  "-XX:MinHeapFreeRatio=20",
  "-XX:MaxHeapFreeRatio=40",
  "-Xlog:disable", // what the JVM has to say about its archive is nothing for a function's log
  "-Dfile.encoding=UTF-8",
  "-Dsun.jnu.encoding=UTF-8",
  "-Djava.awt.headless=true",
];

/** The command of the runtime in a folder that `buildJavaRuntime` made. */
export function javaCommand(kit: JavaKit, folder: string): readonly string[] {
  const jar = path.join(folder, jarName);
  return [
    "/bin/sh",
    startScript,
    jar,
    path.join(kit.home, "bin/java"),
    ...javaFlags,
    `-XX:SharedArchiveFile=${path.join(folder, archiveName)}`,
    "-jar",
    jar,
  ];
}
