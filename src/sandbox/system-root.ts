import { lstatSync } from "node:fs";
import path from "node:path";
import { programDirectories } from "./host-programs/find-program.ts";

/** The system that functions see, as a directory of the host. */
export interface SystemRoot {
  readonly directory: string;
  /** What `GUST_SANDBOX_ROOT` names; null: it is this host's own. */
  readonly image: string | null;
}

export const hostRoot: SystemRoot = { directory: "/", image: null };

/** A program's file by its name, as functions see it; null: the system has none. */
export function findInRoot(root: SystemRoot, name: string): string | null {
  const files = programDirectories.map((directory) => path.join(directory, name));
  return files.find((file) => hasFile(root, file)) ?? null;
}

/** Links count as they are: those of an image lead to places that only who runs in it has. */
export function hasFile({ directory }: SystemRoot, file: string): boolean {
  return lstatSync(path.join(directory, file), { throwIfNoEntry: false }) !== undefined;
}

/** That the system has something not, and the command that brings it: to an image by the packages that it is built with. */
export function lacks({ image }: SystemRoot, what: string, debianPackages: string): string {
  if (image === null) return `this host has no ${what} (Debian: apt-get install ${debianPackages})`;
  const names = debianPackages.replaceAll(" ", ",");
  return `${image} has no ${what} (gust runtime build --packages ${names} makes an image that has)`;
}
