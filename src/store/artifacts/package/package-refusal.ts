import type { PackageProblem } from "../artifacts.ts";

/** Thrown while a package is read, caught where the job ends: the package is at fault, not the platform. */
export class PackageRefusal extends Error {
  readonly problem: PackageProblem;

  constructor(kind: PackageProblem["kind"], message: string) {
    super(message);
    this.name = "PackageRefusal";
    this.problem = { kind, message };
  }
}

/** A name as sentences show it: quoted, escaped, and cut when it is very long. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
