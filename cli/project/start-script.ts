import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { failed, isMissing } from "../failure.ts";

const packageSchema = z.object({
  name: z.string().optional(),
  type: z.string().optional(),
  main: z.string().optional(),
  exports: z.unknown().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** What matters to us in a package.json. */
export type PackageFile = z.infer<typeof packageSchema>;

/** The package.json of a directory, or null when there is none. */
export async function readPackageFile(directory: string): Promise<PackageFile | null> {
  const file = path.join(directory, "package.json");
  const text = await fs.readFile(file, "utf8").catch((error: unknown) => {
    if (isMissing(error) || (error instanceof Error && "code" in error && error.code === "ENOTDIR")) return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return packageSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw failed(`${file} is not a valid package.json: ${cause instanceof Error ? cause.message : ""}`, { cause });
  }
}

/** Command that starts the service of a directory, from the `start` script of its package.json; null without one. */
export async function startCommandOf(directory: string): Promise<string | null> {
  const script = (await readPackageFile(directory))?.scripts["start"];
  return script === undefined || script.trim() === "" ? null : startCommand(script);
}

/**
 * `node server.js` is run as it is; anything else by npm, which knows where the programs of the packages are.
 * The difference is a process and about 200 ms per start.
 */
export function startCommand(script: string): string {
  const plain = script.trim();
  return /^node(?:\s+[\w./@=:-]+)+$/.test(plain) ? plain : "npm start --silent";
}

/** Text of the `scf_bootstrap` that we put into a package that has none. */
export function bootstrapText(command: string): string {
  return `#!/bin/sh\nexec ${command}\n`;
}
