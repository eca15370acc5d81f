import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Logger } from "../../../core/index.ts";
import { hasCode } from "../../process/host-processes.ts";

const execute = promisify(execFile);

export interface CodeImageParts {
  /** On a disk, as large as the code of all functions. */
  readonly directory: string;
  /** The program that builds; null: none is installed, and no image is there. */
  readonly builder: string | null;
  /** Lets a process have the processor only when nobody else wants it. */
  readonly lowerWeight: (pid: number) => void;
  readonly logger: Logger;
}

export interface CodeImage {
  readonly file: string;
  /** Whether it was there: then nobody has looked at it since. */
  readonly isKept: boolean;
}

/** Builds at a time. They take a processor each, and what is called next waits for nothing of theirs. */
const atOnce = 2;
const buildBoundMs = 120_000;
/** Another one when what is in an image changes: those of before are then removed at the start, and built anew. */
const ending = ".erofs";

/**
 * An image for each code directory, kept over restarts of the server and of the host.
 *
 * A directory that is named by the hash of what it holds has an image of that name, which whoever removes the directory removes, too. Any other's
 * image is for this run. Each is written aside, synced and renamed: it is there whole or not at all.
 */
export class CodeImages implements AsyncDisposable {
  readonly #parts: CodeImageParts;
  #sequence = 0;
  #running = 0;
  /** No more than there are code directories: those that calls wait for, then those that are made ahead. */
  readonly #waiting = { calls: [] as (() => void)[], ahead: [] as (() => void)[] };

  private constructor(parts: CodeImageParts) {
    this.#parts = parts;
  }

  /** Removes what an earlier run left there that is no image of a hash. */
  static async open(parts: CodeImageParts): Promise<CodeImages> {
    const images = new CodeImages(parts);
    await images[Symbol.asyncDispose]();
    return images;
  }

  get canBuild(): boolean {
    return this.#parts.builder !== null;
  }

  /** The image of a directory, built when there is none. `isAhead`: nobody waits for it. */
  async of(codeDirectory: string, { isAhead }: { readonly isAhead: boolean }): Promise<CodeImage> {
    const file = this.fileOf(codeDirectory);
    if (await isThere(file)) return { file, isKept: true };
    await this.build(codeDirectory, { isAhead });
    return { file, isKept: false };
  }

  /** Where its image is, or would be. */
  fileOf(codeDirectory: string): string {
    const name = path.basename(codeDirectory);
    return path.join(this.#parts.directory, (isHash(name) ? name : passingName(codeDirectory)) + ending);
  }

  /** In the place of one that is there. */
  async build(codeDirectory: string, { isAhead }: { readonly isAhead: boolean }): Promise<void> {
    await this.#turn(isAhead);
    try {
      await mkdir(this.#parts.directory, { recursive: true, mode: 0o700 });
      this.#sequence += 1;
      const partial = path.join(this.#parts.directory, `partial-${this.#sequence}${ending}`);
      try {
        await this.#write(codeDirectory, partial, isAhead);
        await rename(partial, this.fileOf(codeDirectory));
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  /** Removes what is for this run alone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { directory } = this.#parts;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const passing = (await readdir(directory)).filter((name) => !isHash(path.basename(name, ending)));
    await Promise.all(passing.map((name) => rm(path.join(directory, name), { force: true })));
  }

  /** Its files belong to root and can be read by every box. */
  async #write(codeDirectory: string, file: string, isAhead: boolean): Promise<void> {
    const { builder, lowerWeight, logger } = this.#parts;
    if (builder === null) throw new Error("there is no image without its builder");
    const written = execute(builder, ["--all-root", file, codeDirectory], { timeout: buildBoundMs });
    const { pid } = written.child;
    if (isAhead && pid !== undefined) {
      try {
        lowerWeight(pid);
      } catch (error) {
        if (!hasCode(error, "ESRCH"))
          logger.warn({ err: error }, "A code image is built with the weight of the server");
      }
    }
    await written;
    await using image = await open(file, "r+");
    await image.sync();
  }

  #turn(isAhead: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting[isAhead ? "ahead" : "calls"].push(resolve);
    this.#startNext();
    return promise;
  }

  #startNext(): void {
    if (this.#running >= atOnce) return;
    const start = this.#waiting.calls.shift() ?? this.#waiting.ahead.shift();
    if (start === undefined) return;
    this.#running += 1;
    start();
  }
}

/** Whether a directory of this name always holds the same. */
export function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** Tells a directory from one that was removed and made anew at its place. */
export function identityOf(directory: string): string {
  const { ino, birthtimeMs } = statSync(directory);
  return `${ino} ${birthtimeMs}`;
}

function passingName(codeDirectory: string): string {
  const key = createHash("sha256")
    .update(`${codeDirectory}\n${identityOf(codeDirectory)}`)
    .digest("hex");
  return `passing-${key.slice(0, 32)}`;
}

export async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
