import path from "node:path";
import type { RuntimeProgram } from "./driver.ts";
import { prepareJava } from "./java/prepare-java.ts";

const runtimes = path.resolve(import.meta.dirname, "../../runtimes");

/** What the platform can start in a sandbox, by name: those of `findRuntime` in the core room, and `service`. */
export const runtimePrograms = {
  // the platform's own
  node26: {
    name: "node26",
    command: [process.execPath, path.join(runtimes, "node/main.js")],
    version: process.versions.node,
  },
  // The first python3 in PATH, without the packages of the host: a function is the same wherever it runs.
  python3: {
    name: "python3",
    command: ["python3", "-I", "-S", path.join(runtimes, "python/main.py")],
  },
  // The php in PATH; processes of its own have the extensions of the host. HTTP functions need php-cgi as well, and it says so.
  php8: {
    name: "php8",
    command: ["/bin/sh", path.join(runtimes, "php/start.sh")],
  },
  "php8-http": {
    name: "php8-http",
    command: ["/bin/sh", path.join(runtimes, "php/start.sh"), "http"],
  },
  // The host's JDK, and what it compiles of ours when Java is first needed.
  java: { name: "java", command: [], prepare: prepareJava },
  custom: {
    name: "custom",
    command: [process.execPath, path.join(runtimes, "custom/main.js")],
    version: process.versions.node,
  },
  service: {
    name: "service",
    command: [process.execPath, path.join(runtimes, "service/main.js")],
    version: process.versions.node,
  },
} as const satisfies Readonly<Record<string, RuntimeProgram>>;

/** The program whose runtimes are kept ready before any function wants one. */
export const ownNode = runtimePrograms.node26.name;
