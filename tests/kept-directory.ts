import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isAlive } from "../cli/installation/server-record.ts";

interface KeptDirectory {
  readonly name: string;
  /** All that decides what the directory holds, e.g. names and versions: another text is another directory. */
  readonly content: string;
  make(directory: string): Promise<void>;
  /** Where it is kept; the system's temporary directory when absent. */
  readonly parent?: string;
}

/**
 * A directory that takes long to make and is kept between runs. It is made aside and renamed when it is whole, so that
 * one that was given up halfway is never taken for it, and two that make it at the same time do not meet.
 */
export async function keptDirectory({ name, content, make, parent = os.tmpdir() }: KeptDirectory): Promise<string> {
  const key = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const kept = path.join(parent, `gust-test-${name}-${key}`);
  if (existsSync(kept)) return kept;
  await removeAbandoned(kept);
  const aside = `${kept}.${process.pid}`;
  await make(aside);
  await fs.rename(aside, kept).catch(async (error: unknown) => {
    await fs.rm(aside, { recursive: true, force: true });
    if (!existsSync(kept)) throw error; // else another process was faster
  });
  return kept;
}

async function removeAbandoned(kept: string): Promise<void> {
  const prefix = `${path.basename(kept)}.`;
  for (const name of await fs.readdir(path.dirname(kept))) {
    const maker = Number(name.slice(prefix.length));
    if (!name.startsWith(prefix) || (maker !== process.pid && isAlive(maker))) continue;
    await fs.rm(path.join(path.dirname(kept), name), { recursive: true, force: true });
  }
}
