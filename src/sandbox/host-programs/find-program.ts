import { existsSync } from "node:fs";
import path from "node:path";

/** Where programs of the host are looked for: administrators' programs are not on everybody's path. */
export const programDirectories = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
] as const;

/** Of programs of the host that work for the platform. */
export const programEnvironment = { PATH: programDirectories.join(":"), LC_ALL: "C" };

/** A program's file by its name or path; null: it is not installed. */
export function findProgram(name: string): string | null {
  if (name.includes("/")) return existsSync(name) ? name : null;
  return programDirectories.map((directory) => path.join(directory, name)).find((file) => existsSync(file)) ?? null;
}
