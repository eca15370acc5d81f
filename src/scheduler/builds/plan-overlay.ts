import { runtimeOf, type FunctionSpec } from "../../core/index.ts";
import { ownNode } from "../../sandbox/index.ts";
import type { PackageEntry } from "../../store/index.ts";
import type { BuildRequest } from "./build-box.ts";

/** Files that make a function start faster, laid over its package. */
export interface OverlayPlan {
  /** Which they are, in the record of the build. */
  readonly kind: string;
  readonly task: Exclude<BuildRequest["task"], "install">;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly progress: string;
  /** Files of the package that count for whether it pays. */
  readonly files: RegExp;
}

/** Modules below which it does not pay: each costs 0.2 to 0.4 ms of a cold start, and the box some 500 ms of the deployment. */
const fewestModules = 10;
/** Of the function: `off` leaves its package as it is. */
const variable = "GUST_BUNDLE";

/**
 * Raised when the build of that name is corrected: they are a part of the kind, so that nothing older is laid over a package any more,
 * not even before the next deployment. A function without its overlay is slower and nothing else.
 */
const recipes = { bundle: 3, bytecode: 1 };

const bytecode: OverlayPlan = {
  kind: `bytecode recipe-${recipes.bytecode}`,
  task: "bytecode",
  fields: {},
  progress: "Compiling the code",
  files: /\.py$/,
};

/** What can be done for such a function; null: nothing, or its owner does not want it. */
export function planOverlay(spec: FunctionSpec): OverlayPlan | null {
  if (spec.environment.some(({ key, value }) => key === variable && value.toLowerCase() === "off")) return null;
  const { language, program } = runtimeOf(spec.runtime);
  if (spec.form === "service") return null;
  if (language === "python") return bytecode;
  // Builds run on our own Node.js; and what a layer has is not there when they do.
  if (program !== ownNode || spec.layers.length > 0) return null;
  const dot = spec.handler.lastIndexOf(".");
  const file = dot > spec.handler.lastIndexOf("/") + 1 ? spec.handler.slice(0, dot) : spec.handler;
  return {
    kind: `bundle recipe-${recipes.bundle} ${file}`,
    task: "bundle",
    fields: { file, fewestModules },
    progress: "Bundling the code",
    files: /\.[cm]?[jt]s$/,
  };
}

/** Whether a package has so many files that a build can pay; the build itself then counts what is loaded. */
export function paysOff({ files }: OverlayPlan, entries: readonly PackageEntry[]): boolean {
  return entries.filter(({ path }) => files.test(path)).length >= fewestModules;
}
