import { parseMounts } from "../parse-mounts.ts";

/**
 * How this host offers control groups. v1: one tree per controller (`hybrid` when a cgroup2 tree without controllers is mounted beside
 * them). v2: one tree for all.
 */
export type CgroupLayout =
  | { readonly kind: "v2"; readonly root: string }
  | {
      readonly kind: "v1";
      /** Mount point of each controller; several may share one. */
      readonly controllers: Readonly<Record<string, string>>;
      /** Mount points of all trees, named ones such as systemd's too: a runtime makes a group in each. */
      readonly roots: readonly string[];
      /** Where cgroup2 is mounted beside them. */
      readonly hybrid: string | null;
    };

/** Version 2 can freeze any group without one. */
export const neededControllers = { v1: ["memory", "cpu", "pids", "freezer"], v2: ["memory", "cpu", "pids"] } as const;

/** Reads the layout from `/proc/self/mountinfo`. A string says what is missing. */
export function readCgroupLayout(mountinfo: string): CgroupLayout | string {
  const mounts = parseMounts(mountinfo);
  const unified = mounts.find(({ type }) => type === "cgroup2")?.place ?? null;
  const trees = mounts.filter(({ type }) => type === "cgroup");
  if (trees.length === 0) return unified === null ? "no cgroup file system is mounted" : { kind: "v2", root: unified };
  const controllers: Record<string, string> = {};
  for (const { place, options } of trees) {
    for (const option of options) controllers[option] ??= place;
  }
  const missing = neededControllers.v1.filter((name) => controllers[name] === undefined);
  if (missing.length > 0) return `cgroup v1 without the controller ${missing.join(", ")}`;
  const roots = new Set(trees.map(({ place }) => place));
  if (unified !== null) roots.add(unified); // runc makes a group there, too
  return { kind: "v1", controllers, roots: [...roots], hybrid: unified };
}

/** Directories of a group (`/gust-x/box-y`), one per tree. */
export function groupDirectories(layout: CgroupLayout, group: string): string[] {
  const roots = layout.kind === "v2" ? [layout.root] : layout.roots;
  return roots.map((root) => root + group);
}

/** Directory of a group in the tree of one controller. */
export function groupDirectory(layout: CgroupLayout, controller: string, group: string): string {
  if (layout.kind === "v2") return layout.root + group;
  const root = layout.controllers[controller];
  if (root === undefined) throw new Error(`no cgroup tree has the controller ${controller}`);
  return root + group;
}
