import { mkdir, rmdir } from "node:fs/promises";
import path from "node:path";
import { messageOf, PlatformError, type Logger } from "../../../core/index.ts";
import { findProgram } from "../../host-programs/find-program.ts";
import { CodeImages, identityOf, isHash, isThere } from "./code-images.ts";
import { imageWays, mountImage, type ImageWay } from "./mount-image.ts";
import type { Mounter } from "./mounter.ts";

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
  /** Directory for the images, see code-images.ts. */
  readonly images: string;
  /** Directory for the places they are mounted on. */
  readonly places: string;
  readonly mounter: Pick<Mounter, "mountErofs" | "mountOverlay" | "unmount">;
  /** Lets a process have the processor only when nobody else wants it. */
  readonly lowerWeight: (pid: number) => void;
  readonly logger: Logger;
  /** Ways to try, for tests of those that this host would not choose; absent: all, the cheapest first. */
  readonly ways?: readonly CodeMountWay[] | undefined;
}

interface Entry {
  readonly place: Promise<string>;
  /** Of a directory that may have been made anew at its place; empty where its name is the hash of what it holds, and an image its copy. */
  readonly identity: string;
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
 * so the host's may go while boxes live.
 */
export class CodeMounts implements AsyncDisposable {
  readonly way: CodeMountWay;
  readonly #parts: CodeMountParts;
  readonly #images: CodeImages;
  /** By code directory; those used last are last. */
  readonly #entries = new Map<string, Entry>();
  /** Numbers places, so that what is late in going never meets what comes anew. */
  #sequence = 0;

  private constructor(way: CodeMountWay, images: CodeImages, parts: CodeMountParts) {
    this.way = way;
    this.#images = images;
    this.#parts = parts;
  }

  /** Tries which way works on this host, with an empty directory. Throws a PlatformError that says why none does. */
  static async open(parts: CodeMountParts): Promise<CodeMounts> {
    const { images: directory, lowerWeight, logger } = parts;
    const images = await CodeImages.open({ directory, builder: findProgram(imageBuilder), lowerWeight, logger });
    const empty = path.join(parts.places, "empty");
    await mkdir(empty);
    await mkdir(path.join(parts.places, nothing));
    const failures: string[] = [];
    for (const way of parts.ways ?? codeMountWays) {
      if (way !== "overlay" && !images.canBuild) {
        failures.push(noBuilder);
        continue;
      }
      const mounts = new CodeMounts(way, images, parts);
      try {
        (await mounts.acquire(empty))[Symbol.dispose]();
        return mounts;
      } catch (error) {
        logger.debug({ way, err: error }, "Code cannot be mounted this way");
        failures.push(`${way}: ${messageOf(error)}`);
      }
    }
    const why = [...new Set(failures)].join("; ");
    throw new PlatformError("InsufficientResources", `Code cannot be mounted on this host: ${why}`);
  }

  /** The mount of a code directory, made when this is the first to ask. `isAhead`: nobody waits for it. */
  async acquire(codeDirectory: string, { isAhead = false } = {}): Promise<CodeMount> {
    const entry = this.#known(codeDirectory) ?? this.#start(codeDirectory, isAhead);
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
    await this.#images[Symbol.asyncDispose]();
  }

  #start(codeDirectory: string, isAhead: boolean): Entry {
    const identity = this.#identityOf(codeDirectory);
    return { place: this.#make(codeDirectory, isAhead), identity, users: 0 };
  }

  /** A directory that was removed and made again at the same place is another one. */
  #known(codeDirectory: string): Entry | null {
    const entry = this.#entries.get(codeDirectory);
    if (entry === undefined || entry.identity === this.#identityOf(codeDirectory)) return entry ?? null;
    this.#entries.delete(codeDirectory);
    void this.#unmount(entry);
    return null;
  }

  #identityOf(codeDirectory: string): string {
    return this.way !== "overlay" && isHash(path.basename(codeDirectory)) ? "" : identityOf(codeDirectory);
  }

  async #make(codeDirectory: string, isAhead: boolean): Promise<string> {
    const { places, mounter } = this.#parts;
    this.#sequence += 1;
    const place = path.join(places, String(this.#sequence));
    await mkdir(place, { recursive: true }); // there already when another way has been tried
    if (this.way === "overlay") await mounter.mountOverlay(codeDirectory, path.join(places, nothing), place);
    else await this.#mountImage(this.way, codeDirectory, place, isAhead);
    return place;
  }

  /** One that was kept may be no image any more: a bad disk does not keep a function from starting. */
  async #mountImage(way: ImageWay, codeDirectory: string, place: string, isAhead: boolean): Promise<void> {
    const { mounter, logger } = this.#parts;
    const { file: image, isKept } = await this.#images.of(codeDirectory, { isAhead });
    if (!isKept) void this.#dropGone();
    try {
      await mountImage(way, { image, place, mounter });
    } catch (error) {
      if (!isKept) throw error;
      logger.warn({ image, err: error }, "A code image that was kept cannot be mounted; it is built again");
      await this.#images.build(codeDirectory, { isAhead });
      await mountImage(way, { image, place, mounter });
    }
  }

  /** Where the image was removed with its package, the disk is not given back before its mount is: at most as many look-ups as idle ones are kept. */
  async #dropGone(): Promise<void> {
    for (const [codeDirectory, entry] of this.#idle()) {
      try {
        if (await isThere(this.#images.fileOf(codeDirectory))) continue;
      } catch (error) {
        this.#parts.logger.debug({ err: error }, "Whether a code image is still there cannot be told");
        continue;
      }
      if (entry.users > 0 || this.#entries.get(codeDirectory) !== entry) continue;
      this.#entries.delete(codeDirectory);
      await this.#unmount(entry);
    }
  }

  #idle(): [string, Entry][] {
    return [...this.#entries].filter(([, { users }]) => users === 0);
  }

  #release(entry: Entry): void {
    entry.users -= 1;
    const idle = this.#idle();
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
