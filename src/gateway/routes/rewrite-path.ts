import type { PathRewrite } from "../../store/index.ts";

/** A path as the function sees it, and what was taken off its front. */
export interface RewrittenPath {
  readonly path: string;
  /** Empty when the path was not merely shortened. */
  readonly prefix: string;
}

/** By the first rule that fits, exact ones before those with a star. */
export function rewritePath(path: string, rewrites: readonly PathRewrite[]): RewrittenPath {
  const rule =
    rewrites.find((candidate) => candidate.kind === "exact" && candidate.path === path) ??
    rewrites.find((candidate) => candidate.kind === "wildcard" && fits(path, candidate.path));
  if (rule === undefined) return { path, prefix: "" };
  const rewritten = rule.kind === "exact" ? rule.rewrite : filled(rule.rewrite, restOf(path, rule.path));
  return { path: rewritten, prefix: prefixOf(path, rewritten) };
}

/** `/a/*` is `/a` and everything below; without a star the path alone. */
function fits(path: string, pattern: string): boolean {
  if (!pattern.endsWith("/*")) return path === pattern;
  const before = pattern.length - 2;
  return path.startsWith(pattern.slice(0, -2)) && (path.length === before || path[before] === "/");
}

/** What the star stands for. */
function restOf(path: string, pattern: string): string {
  return pattern.endsWith("/*") ? path.slice(pattern.length - 1) : "";
}

/** `$1` is what the star stood for, and so is a `$` alone. A function, so that `$` in the request's own path means nothing. */
function filled(rewrite: string, rest: string): string {
  return rewrite.replace(/\$1?/g, () => rest);
}

function prefixOf(path: string, rewritten: string): string {
  if (path.endsWith(rewritten)) return path.slice(0, path.length - rewritten.length);
  return rewritten === "/" ? path : "";
}
