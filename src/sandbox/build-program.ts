import path from "node:path";
import type { RuntimeProgram } from "./driver.ts";

const root = path.resolve(import.meta.dirname, "../..");
const packages = path.join(root, "node_modules");

/** Packages of ours whose programs builds use; boxes see them, read-only. */
export const buildTools = {
  npm: path.join(packages, "npm"),
  esbuild: path.join(packages, "esbuild"),
  /** Its program, which is a package for each system. */
  esbuildBinary: path.join(packages, "@esbuild", `${process.platform}-${process.arch}`),
} as const;

/** What builds code packages in a box of their own. */
export const buildProgram: RuntimeProgram = {
  name: "build",
  command: [
    process.execPath,
    path.join(root, "runtimes/build/main.js"),
    path.join(buildTools.npm, "bin/npm-cli.js"),
    path.join(buildTools.esbuild, "lib/main.js"),
    path.join(buildTools.esbuildBinary, "bin/esbuild"),
  ],
};
