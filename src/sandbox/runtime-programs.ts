import path from "node:path";
import type { RuntimeProgram } from "./driver.ts";
import { missingJava } from "./java/find-java.ts";
import { prepareJava } from "./java/prepare-java.ts";
import { fetchNode } from "./packages/fetch-node.ts";
import { pinnedNode } from "./packages/pinned-nodes.ts";
import type { RuntimePackage } from "./packages/runtime-packages.ts";
import { findInRoot, lacks, type SystemRoot } from "./system-root.ts";

const runtimes = path.resolve(import.meta.dirname, "../../runtimes");
const ownVersion = process.versions.node;

/** What the platform can start in a sandbox without anything that has to be fetched, by name. */
export const runtimePrograms = {
  // the platform's own
  node26: { name: "node26", command: [process.execPath, path.join(runtimes, "node/main.js")], version: ownVersion },
  // The first python3 in PATH, without the packages of the host: a function is the same wherever it runs.
  python3: {
    name: "python3",
    command: ["python3", "-I", "-S", path.join(runtimes, "python/main.py")],
    missing: (root) => missingProgram(root, "python3", "python3"),
  },
  // The php in PATH; processes of its own have the extensions of the host. HTTP functions need php-cgi as well, and it says so.
  php8: {
    name: "php8",
    command: ["/bin/sh", path.join(runtimes, "php/start.sh")],
    missing: (root) => missingProgram(root, "php", "php-cli php-cgi"),
  },
  "php8-http": {
    name: "php8-http",
    command: ["/bin/sh", path.join(runtimes, "php/start.sh"), "http"],
    missing: (root) =>
      missingProgram(root, "php", "php-cli php-cgi") ?? missingProgram(root, "php-cgi", "php-cli php-cgi"),
  },
  // The host's JDK, and what it compiles of ours when Java is first needed.
  java: {
    name: "java",
    command: [],
    prepare: prepareJava,
    missing: missingJava,
  },
  custom: {
    name: "custom",
    command: [process.execPath, path.join(runtimes, "custom/main.js")],
    version: ownVersion,
  },
  service: {
    name: "service",
    command: [process.execPath, path.join(runtimes, "service/main.js")],
    version: ownVersion,
  },
} as const satisfies Readonly<Record<string, RuntimeProgram>>;

function missingProgram(root: SystemRoot, name: string, debianPackages: string): string | null {
  return findInRoot(root, name) === null ? lacks(root, name, debianPackages) : null;
}

/** The program whose runtimes are kept ready before any function wants one. */
export const ownNode = runtimePrograms.node26.name;

const fetchedLines = ["18", "20", "22", "24"] as const;

/** Everything that can be started, with what is installed in that directory: programs of `findRuntime` in the core room, and those of services. */
export function allPrograms(packagesDirectory: string): RuntimeProgram[] {
  const older = fetchedLines.flatMap((line) => nodePrograms(line, packagesDirectory));
  return [...Object.values(runtimePrograms), ...older];
}

/** The name of the program of a service whose runtime has handlers served by that one. */
export function serviceProgram(program: string): string {
  const isOlderNode = fetchedLines.some((line) => program === `node${line}`);
  return isOlderNode ? `${runtimePrograms.service.name}-${program}` : runtimePrograms.service.name;
}

/** What those programs need that does not come with the platform. */
export function nodePackages(): RuntimePackage[] {
  return fetchedLines.flatMap((line) => {
    const pinned = pinnedNode(line);
    if (pinned === null) return [];
    const { version, packageName } = pinned;
    return {
      name: `node${line}`,
      version,
      title: `Node.js ${version}`,
      origin: `npm: ${packageName}@${version}`,
      fetch: (places) => fetchNode(pinned, places),
    };
  });
}

/** One for handlers, and one for servers: those are watched over by the platform's own Node.js. A line that has no package here is served by that, too. */
function nodePrograms(line: string, packagesDirectory: string): RuntimeProgram[] {
  const { node26: handlers, service } = runtimePrograms;
  const name = `node${line}`;
  const pinned = pinnedNode(line);
  if (pinned === null)
    return [handlers, service].map((own) => ({ ...own, name: own === service ? serviceProgram(name) : name }));
  const { version } = pinned;
  const binDirectory = path.join(packagesDirectory, `${name}-${version}`, "bin");
  const interpreter = path.join(binDirectory, "node");
  const needs = { packageName: name, version, binDirectory };
  return [
    { name, command: [interpreter, ...handlers.command.slice(1)], ...needs },
    { name: serviceProgram(name), command: [...service.command, interpreter], ...needs },
  ];
}
