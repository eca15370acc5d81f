import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { failed, isMissing, usage } from "../failure.ts";
import type { Credentials } from "./credentials.ts";

const profileSchema = z.object({
  endpoint: z.string(),
  region: z.string(),
  secretId: z.string(),
  secretKey: z.string(),
  token: z.string().optional(),
});

const profilesSchema = z.object({
  /** Used by every command that names no installation; null: the one on this machine. */
  current: z.string().nullable().default(null),
  profiles: z.record(z.string(), profileSchema).default({}),
});

/** Remote installations that `gust login` knows. */
export type Profiles = z.infer<typeof profilesSchema>;

export function profilesFile(environment: NodeJS.ProcessEnv = process.env): string {
  return path.join(environment["XDG_CONFIG_HOME"] || path.join(os.homedir(), ".config"), "gust", "profiles.json");
}

export async function readProfiles(file = profilesFile()): Promise<Profiles> {
  const text = await fs.readFile(file, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "{}";
    throw error;
  });
  try {
    return profilesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw failed(`${file} is damaged. Repair or remove it, then use \`gust login\` again.`, { cause });
  }
}

/** Replaces the file in one step; nobody but the user may read it. */
export async function writeProfiles(profiles: Profiles, file = profilesFile()): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  await fs.writeFile(temporary, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  await fs.rename(temporary, file);
}

export function profileNamed(profiles: Profiles, name: string): Credentials {
  const found = profiles.profiles[name];
  if (found !== undefined) return found;
  const names = Object.keys(profiles.profiles);
  throw usage(
    `There is no profile ${name}. ${names.length === 0 ? "Make one with `gust login`." : `There are: ${names.join(", ")}.`}`,
  );
}
