import { limits } from "../../../core/index.ts";
import { PackageRefusal, shown } from "./package-refusal.ts";

/** The package as a tree of names. Directories that no entry names are in it, too. */
export interface Directory {
  readonly kind: "directory";
  readonly children: Map<string, Node>;
}
interface Link {
  readonly kind: "link";
  readonly target: string;
}
export type Node = Directory | Link | { readonly kind: "file" };

/** As Linux: more links than this on one path are a loop. */
const maxLinksPerPath = 40;
/** Of all links together, so that a small package of tangled links cannot keep a thread busy. */
const maxLinkSteps = 1_000_000;

/** Builds the tree entry by entry; two entries can never mean the same place. */
export class PackageTree {
  readonly root: Directory = { kind: "directory", children: new Map() };
  #size = 0;
  #linkSteps = 0;

  /** Throws PackageRefusal when the place is taken, or lies below a file or a link. */
  add(path: readonly string[], node: Node): void {
    let directory = this.root;
    for (const part of path.slice(0, -1)) directory = this.#enter(directory, part, path);
    const name = path.at(-1);
    if (name === undefined) return;
    const taken = directory.children.get(name);
    if (taken === undefined) this.#insert(directory, name, node);
    else if (taken.kind !== "directory" || node.kind !== "directory") throw isTaken(path, taken, node);
  }

  /** The node that a path leads to, links followed, with its real path; null when there is none. Throws when it leaves the root. */
  resolve(path: readonly string[]): { readonly node: Node; readonly path: readonly string[] } | null {
    const waiting = path.toReversed();
    const real: { readonly name: string; readonly node: Node | null }[] = [];
    for (let links = 0, part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      this.#countStep(path);
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (real.pop() === undefined) throw leaves(path);
        continue;
      }
      const node = childOf(real.length === 0 ? this.root : real.at(-1)?.node, part);
      if (node?.kind !== "link") {
        real.push({ name: part, node });
        continue;
      }
      links += 1;
      if (links > maxLinksPerPath)
        throw new PackageRefusal(
          "link-leaves-root",
          `Link ${shown(path.join("/"))} leads through more than ${maxLinksPerPath} links; it never arrives.`,
        );
      if (node.target.startsWith("/")) throw leaves(path);
      for (const step of node.target.split("/").toReversed()) waiting.push(step);
    }
    const node = real.length === 0 ? this.root : real.at(-1)?.node;
    return node ? { node, path: real.map((step) => step.name) } : null;
  }

  #countStep(path: readonly string[]): void {
    this.#linkSteps += 1;
    if (this.#linkSteps <= maxLinkSteps) return;
    throw new PackageRefusal(
      "unsupported",
      `The links of the package take more than ${maxLinkSteps} steps to follow, ${shown(path.join("/"))} the last.`,
    );
  }

  #enter(directory: Directory, part: string, path: readonly string[]): Directory {
    const node = directory.children.get(part);
    if (node?.kind === "directory") return node;
    if (node?.kind === "link") {
      throw new PackageRefusal(
        "path-traversal",
        `Entry ${shown(path.join("/"))} would be written through the link ${shown(part)}.`,
      );
    }
    if (node !== undefined) throw isTaken(path, node, { kind: "directory", children: new Map() });
    const made: Directory = { kind: "directory", children: new Map() };
    this.#insert(directory, part, made);
    return made;
  }

  #insert(directory: Directory, name: string, node: Node): void {
    this.#size += 1;
    if (this.#size > limits.package.entries) {
      throw new PackageRefusal(
        "too-many-entries",
        `The package has more than ${limits.package.entries} files and directories, which is the limit.`,
      );
    }
    directory.children.set(name, node);
  }
}

function childOf(node: Node | null | undefined, name: string): Node | null {
  return node?.kind === "directory" ? (node.children.get(name) ?? null) : null;
}

function isTaken(path: readonly string[], taken: Node, node: Node): PackageRefusal {
  const what = taken.kind === node.kind ? `twice` : `as a ${taken.kind} and as a ${node.kind}`;
  return new PackageRefusal("duplicate-name", `The package has ${shown(path.join("/"))} ${what}.`);
}

function leaves(path: readonly string[]): PackageRefusal {
  return new PackageRefusal(
    "link-leaves-root",
    `Link ${shown(path.join("/"))} leads out of the package; links must be relative and stay inside.`,
  );
}
