import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { access, mkdir, rename, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { PlatformError, type Logger } from "../../../core/index.ts";
import { findProgram } from "../../host-programs/find-program.ts";
import { imageWays, mountImage } from "./mount-image.ts";
import type { Mounter } from "./mounter.ts";

const execute = promisify(execFile);

/**
 * How code becomes a mount that boxes get: an image of its own, with or without a loop device, or the directory below an overlay that has nothing
 * writable. A mere bind would be less: whoever gets the rights of root in a box makes it writable again by a remount, which no file system allows
 * that is read-only itself.
 */
const codeMountWays = [...imageWays, "overlay"] as const;

export type CodeMountWay = (typeof codeMountWays)[number];

/** A place on the host whose mount may be moved into boxes, until it is disposed of. */
export interface CodeMount extends Disposable {
  readonly place: string;
}

export interface CodeMountParts {
  /** Directory for the images: on a disk, as large as the code of all functions. */
  readonly images: string;
  /** Directory for the places they are mounted on. */
  readonly places: string;
  readonly mounter: Pick<Mounter, "mountErofs" | "mountOverlay" | "unmount">;
  readonly logger: Logger;
  /** Ways to try, for tests of those that this host would not choose; absent: all, the cheapest first. */
  readonly ways?: readonly CodeMountWay[] | undefined;
}

interface Entry {
  readonly place: Promise<string>;
  /** Of the directory below an overlay, which must not have been made anew; 0 for an image, which has a copy. */
  readonly inode: number;
  users: number;
}

/** Mounts that nobody uses are kept, the latest so many: each one on the host makes every boot a little slower (500: a third). */
const maxIdle = 64;
export const imageBuilder = "mkfs.erofs";
/** An empty directory: without anything writable, an overlay wants two to lay over one another. */
const nothing = "nothing";

/** Why a way cannot work, before it is tried. */
const noBuilder = `${imageBuilder} is not installed`;

/**
 * Code directories as file systems of their own, each mounted once on the host, read-only: what is moved into a box is a second view of that mount,
 * so the host's may go while boxes live. An image is kept as long as its code directory: those whose directory is gone go before the next is built.
 */
export class CodeMounts implements AsyncDisposable {
  readonly way: CodeMountWay;
  readonly #parts: CodeMountParts;
  readonly #builder: string | null;
  /** By code directory; those used last are last. */
  readonly #entries = new Map<string, Entry>();
  /** Files, by code directory. */
  readonly #images = new Map<string, string>();
  /** Numbers files and places, so that what is late in going never meets what comes anew. */
  #sequence = 0;

  private constructor(way: CodeMountWay, builder: string | null, parts: CodeMountParts) {
    this.way = way;
    this.#builder = builder;
    this.#parts = parts;
  }

  /** Tries which way works on this host, with an empty directory. Throws a PlatformError that says why none does. */
  static async open(parts: CodeMountParts): Promise<CodeMounts> {
    const builder = findProgram(imageBuilder);
    const empty = path.join(parts.places, "empty");
    await mkdir(empty);
    await mkdir(path.join(parts.places, nothing));
    const failures: string[] = [];
    for (const way of parts.ways ?? codeMountWays) {
      if (way !== "overlay" && builder === null) {
        failures.push(noBuilder);
        continue;
      }
      const mounts = new CodeMounts(way, builder, parts);
      try {
        (await mounts.acquire(empty))[Symbol.dispose]();
        return mounts;
      } catch (error) {
        parts.logger.debug({ way, err: error }, "Code cannot be mounted this way");
        failures.push(`${way}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const why = [...new Set(failures)].join("; ");
    throw new PlatformError("InsufficientResources", `Code cannot be mounted on this host: ${why}`);
  }

  /** The mount of a code directory, made when this is the first to ask. */
  async acquire(codeDirectory: string): Promise<CodeMount> {
    const entry = this.#known(codeDirectory) ?? this.#start(codeDirectory);
    this.#entries.delete(codeDirectory);
    this.#entries.set(codeDirectory, entry);
    entry.users += 1;
    try {
      const place = await entry.place;
      return { place, [Symbol.dispose]: () => this.#release(entry) };
    } catch (error) {
      if (this.#entries.get(codeDirectory) === entry) this.#entries.delete(codeDirectory); // the next to ask tries again
      throw error;
    }
  }

  /** Takes the mounts off the host; boxes keep theirs. */
  async [Symbol.asyncDispose](): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => this.#unmount(entry)));
  }

  #start(codeDirectory: string): Entry {
    const inode = this.way === "overlay" ? statSync(codeDirectory).ino : 0;
    return { place: this.#make(codeDirectory), inode, users: 0 };
  }

  /** A package that was removed and unpacked again at the same place is another directory; the number of the old one is taken while it is mounted. */
  #known(codeDirectory: string): Entry | null {
    const entry = this.#entries.get(codeDirectory);
    if (entry === undefined || entry.inode === 0 || entry.inode === statSync(codeDirectory).ino) return entry ?? null;
    this.#entries.delete(codeDirectory);
    void this.#unmount(entry);
    return null;
  }

  async #make(codeDirectory: string): Promise<string> {
    const { places, mounter } = this.#parts;
    const image =
      this.way === "overlay" ? null : (this.#images.get(codeDirectory) ?? (await this.#build(codeDirectory)));
    const place = path.join(places, this.#newName(codeDirectory));
    await mkdir(place, { recursive: true }); // there already when another way has been tried
    if (this.way === "overlay") await mounter.mountOverlay(codeDirectory, path.join(places, nothing), place);
    else if (image !== null) await mountImage(this.way, { image, place, mounter });
    return place;
  }

  async #build(codeDirectory: string): Promise<string> {
    if (this.#builder === null) throw new Error("there is no image without its builder");
    await this.#dropImages();
    const image = path.join(this.#parts.images, `${this.#newName(codeDirectory)}.erofs`);
    await buildImage(this.#builder, codeDirectory, image);
    this.#images.set(codeDirectory, image);
    return image;
  }

  #newName(codeDirectory: string): string {
    const key = createHash("sha256").update(codeDirectory).digest("hex").slice(0, 32);
    this.#sequence += 1;
    return `${key}-${this.#sequence}`;
  }

  /** Those of packages that have been removed. Boxes keep what they have: the kernel frees it with the last of them. */
  async #dropImages(): Promise<void> {
    for (const [codeDirectory, image] of this.#images) {
      if (await isThere(codeDirectory)) continue;
      const entry = this.#entries.get(codeDirectory);
      if (this.#images.get(codeDirectory) !== image || (entry !== undefined && entry.users > 0)) continue;
      this.#images.delete(codeDirectory);
      this.#entries.delete(codeDirectory);
      if (entry !== undefined) await this.#unmount(entry);
      await rm(image, { force: true });
    }
  }

  #release(entry: Entry): void {
    entry.users -= 1;
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [codeDirectory, old] of idle.slice(0, Math.max(0, idle.length - maxIdle))) {
      this.#entries.delete(codeDirectory);
      void this.#unmount(old);
    }
  }

  async #unmount(entry: Entry): Promise<void> {
    try {
      const place = await entry.place;
      await this.#parts.mounter.unmount(place);
      await rmdir(place);
    } catch (error) {
      this.#parts.logger.warn({ err: error }, "A code image could not be taken off the host");
    }
  }
}

/** Whole or not at all; its files belong to root and can be read by every box. */
async function buildImage(builder: string, codeDirectory: string, image: string): Promise<void> {
  const partial = `${image}.partial`;
  await rm(partial, { force: true });
  await execute(builder, ["--all-root", partial, codeDirectory]);
  await rename(partial, image);
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
