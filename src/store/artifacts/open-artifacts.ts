import { readdir, stat } from "node:fs/promises";
import { setImmediate as yieldToLoop } from "node:timers/promises";
import path from "node:path";
import { limits, SharedWork, type Logger, type Sha256 } from "../../core/index.ts";
import {
  artifactPaths,
  mergedName,
  newPartialTree,
  newPartialZip,
  shaOf,
  treeDirectory,
  zipFile,
  type ArtifactPaths,
} from "./artifact-paths.ts";
import type { Artifacts, PackageEntry, PackageListing } from "./artifacts.ts";
import { clearLeftovers, type Leftovers } from "./leftovers.ts";
import { PackageHolds } from "./package-holds.ts";
import { asDiskFailure } from "./worker/disk-failure.ts";
import type { KeptZip, PackedListing } from "./worker/jobs.ts";
import { PackageWorkers } from "./worker/package-workers.ts";

export interface ArtifactOptions {
  /** The data directory; packages go to `artifacts/` and `code/` in it. */
  readonly directory: string;
  readonly logger: Logger;
}

/** Opens the code packages of a data directory, which one process has at a time. */
export async function openArtifacts({ directory, logger }: ArtifactOptions): Promise<Artifacts & AsyncDisposable> {
  const paths = artifactPaths(directory);
  try {
    return new DiskArtifacts(paths, logger, await clearLeftovers(paths));
  } catch (error) {
    throw asDiskFailure(error, directory);
  }
}

type PutOutcome = Awaited<ReturnType<Artifacts["put"]>>;
type KeepOutcome =
  | { readonly kind: "stored"; readonly listing: PackageListing }
  | Extract<PutOutcome, { kind: "refused" }>;

const MiB = 1024 * 1024;
const copiedAtOnceBytes = MiB;
const collectGraceMs = 15 * 60 * 1000;

class DiskArtifacts implements Artifacts, AsyncDisposable {
  readonly #paths: ArtifactPaths;
  readonly #workers = new PackageWorkers();
  readonly #puts = new SharedWork<Sha256, KeepOutcome>();
  readonly #holds = new PackageHolds(
    (sha256) => this.has(sha256),
    (sha256) => this.#remove(sha256, Date.now() + collectGraceMs, this.#closing.signal),
  );
  readonly #unpacks = new SharedWork<Sha256, string>();
  readonly #closing = new AbortController();
  readonly #cleanup: Promise<void>;
  /** Packages from before, unless something names them, are what a killed process left. */
  readonly #openedAt: number;
  /** Packages being removed: they are neither kept nor unpacked meanwhile. */
  readonly #removals = new Map<Sha256, Promise<unknown>>();

  constructor(paths: ArtifactPaths, logger: Logger, { trees, since }: Leftovers) {
    this.#paths = paths;
    this.#openedAt = since;
    this.#cleanup = trees.length === 0 ? Promise.resolve() : this.#removeLeftovers(trees, logger);
  }

  get imagesDirectory(): string {
    return this.#paths.images;
  }

  async put(
    zip: Uint8Array,
    { signal, handOver = false }: { signal: AbortSignal; handOver?: boolean },
  ): Promise<PutOutcome> {
    const size = zip.byteLength;
    if (size > limits.package.zipBytes) return tooLarge(size);
    const copy = await ownMemory(zip, handOver, signal);
    const { sha256, zip: memory } = await this.#workers.run("hash", { zip: copy }, { signal, transfer: [copy] });
    await this.#removals.get(sha256);
    const hold = await this.#holds.take(sha256);
    try {
      const outcome = await this.#puts.run(sha256, signal, (shared) => this.#keep(sha256, memory, shared));
      if (outcome.kind === "stored") return { ...outcome, sha256, size, hold };
      await hold[Symbol.asyncDispose]();
      return outcome;
    } catch (error) {
      await hold[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #keep(sha256: Sha256, memory: ArrayBuffer, signal: AbortSignal): Promise<KeepOutcome> {
    const input = { zip: memory, kept: this.#kept(sha256), partialFile: newPartialZip(this.#paths) };
    const outcome = await this.#workers.run("keep", input, { signal, transfer: [memory] });
    if (outcome.kind === "refused") return outcome;
    return { kind: "stored", listing: await readListing(outcome.listing) };
  }

  async get(sha256: Sha256, { signal }: { signal: AbortSignal }): Promise<Buffer> {
    const { zip } = await this.#workers.run("read", { kept: this.#kept(sha256) }, { signal });
    return Buffer.from(zip);
  }

  has(sha256: Sha256): Promise<boolean> {
    return isThere(zipFile(this.#paths, sha256));
  }

  async list(sha256: Sha256, { signal }: { signal: AbortSignal }): Promise<PackageListing> {
    return readListing(await this.#workers.run("list", { kept: this.#kept(sha256) }, { signal }));
  }

  readText(
    sha256: Sha256,
    file: string,
    maxBytes: number,
    { signal }: { signal: AbortSignal },
  ): Promise<string | null> {
    return this.#workers.run("readText", { kept: this.#kept(sha256), path: file, maxBytes }, { signal });
  }

  async unpack(sha256: Sha256, { signal }: { signal: AbortSignal }): Promise<string> {
    await this.#removals.get(sha256);
    return this.#unpacks.run(sha256, signal, async (shared) => {
      const directory = treeDirectory(this.#paths, sha256);
      if (await isThere(directory)) return directory;
      const input = { kept: this.#kept(sha256), directory, partialDirectory: newPartialTree(this.#paths, sha256) };
      await this.#workers.run("unpack", input, { signal: shared });
      return directory;
    });
  }

  async merge(packages: readonly Sha256[], { signal }: { signal: AbortSignal }): Promise<string> {
    const [first, ...others] = packages;
    if (first !== undefined && others.length === 0) return this.unpack(first, { signal });
    const name = mergedName(packages);
    await this.#removals.get(name);
    return this.#unpacks.run(name, signal, async (shared) => {
      const directory = treeDirectory(this.#paths, name);
      if (await isThere(directory)) return directory;
      const sources: string[] = [];
      for (const sha256 of packages) sources.push(await this.unpack(sha256, { signal: shared }));
      const input = { sources, directory, partialDirectory: newPartialTree(this.#paths, name) };
      await this.#workers.run("merge", input, { signal: shared });
      return directory;
    });
  }

  async collect(used: ReadonlySet<Sha256>, { signal }: { signal: AbortSignal }): Promise<number> {
    const olderThan = Math.max(Date.now() - collectGraceMs, this.#openedAt);
    let freedBytes = 0;
    for (const [sha256, images] of await this.#onDisk()) {
      signal.throwIfAborted();
      const isWanted = used.has(sha256) || this.#puts.has(sha256) || this.#unpacks.has(sha256);
      if (!isWanted) freedBytes += await this.#remove(sha256, olderThan, signal, images);
    }
    return freedBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new DOMException("Code packages are closed", "AbortError"));
    await this.#workers[Symbol.asyncDispose]();
    await this.#cleanup;
  }

  #kept(sha256: Sha256): KeptZip {
    return { file: zipFile(this.#paths, sha256), sha256 };
  }

  async #removeLeftovers(leftovers: readonly string[], logger: Logger): Promise<void> {
    const fields = { directory: this.#paths.trees, trees: leftovers.length };
    try {
      await this.#workers.run("remove", { paths: leftovers }, { signal: this.#closing.signal });
      logger.info(fields, "Removed unpacked code that was left half-made or is from before the machine's last start");
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      logger.warn({ ...fields, error }, "Could not remove old unpacked code; the next start tries again");
    }
  }

  async #remove(
    sha256: Sha256,
    olderThan: number,
    signal: AbortSignal,
    images: readonly string[] = [],
  ): Promise<number> {
    const input = {
      zip: zipFile(this.#paths, sha256),
      olderThan,
      directory: treeDirectory(this.#paths, sha256),
      partialDirectory: newPartialTree(this.#paths, sha256),
      images,
    };
    const removal = this.#workers.run("collect", input, { signal });
    const ended = removal.then(ignore, ignore);
    this.#removals.set(sha256, ended);
    try {
      return await removal;
    } finally {
      if (this.#removals.get(sha256) === ended) this.#removals.delete(sha256);
    }
  }

  /** What there is of each package or merged tree, with its images. */
  async #onDisk(): Promise<ReadonlyMap<Sha256, readonly string[]>> {
    const found = new Map<Sha256, string[]>();
    const zips = await readdir(this.#paths.zips, { recursive: true });
    const trees = await namesIn(this.#paths.trees);
    for (const sha256 of [
      ...zips.map((name) => shaOf(path.basename(name), ".zip")),
      ...trees.map((name) => shaOf(name, "")),
    ]) {
      if (sha256 !== null) found.set(sha256, []);
    }
    for (const name of await namesIn(this.#paths.images)) {
      const sha256 = shaOf(name, path.extname(name));
      if (sha256 !== null) found.set(sha256, [...(found.get(sha256) ?? []), path.join(this.#paths.images, name)]);
    }
    return found;
  }
}

function ignore(): void {}

function tooLarge(size: number): PutOutcome {
  const limit = limits.package.zipBytes / MiB;
  const message = `The package has ${(size / MiB).toFixed(1)} MB; the limit is ${limit} MB.`;
  return { kind: "refused", problem: { kind: "too-large", message } };
}

/** Memory that can move to a worker: the caller's own, or a copy made in steps that the event loop does not feel. */
async function ownMemory(zip: Uint8Array, handOver: boolean, signal: AbortSignal): Promise<ArrayBuffer> {
  const isWhole = zip.buffer instanceof ArrayBuffer && zip.byteLength === zip.buffer.byteLength;
  if (handOver && isWhole) return zip.buffer;
  const copy = new Uint8Array(zip.byteLength);
  for (let start = 0; start < zip.byteLength; start += copiedAtOnceBytes) {
    copy.set(zip.subarray(start, start + copiedAtOnceBytes), start);
    await yieldToLoop();
    signal.throwIfAborted();
  }
  return copy.buffer;
}

async function readListing({ pieces, unpackedBytes }: PackedListing): Promise<PackageListing> {
  const decoder = new TextDecoder();
  const entries: PackageEntry[] = [];
  for (const piece of pieces) {
    entries.push(...(JSON.parse(decoder.decode(piece)) as PackageEntry[])); // our own worker wrote it
    await yieldToLoop();
  }
  return { entries, unpackedBytes };
}

/** None where nobody has made the directory. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function isThere(place: string): Promise<boolean> {
  try {
    await stat(place);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw asDiskFailure(error, path.dirname(place));
  }
}
