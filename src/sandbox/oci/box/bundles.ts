import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { PlatformError, type SandboxId } from "../../../core/index.ts";

/**
 * The bundles of all boxes, in one directory. Closed before that is removed: a boot that is late makes none in it any more,
 * and one that is being made is waited for.
 */
export class Bundles implements AsyncDisposable {
  readonly #directory: string;
  readonly #making = new Set<Promise<void>>();
  #isClosed = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Answers where it is. */
  async make(id: SandboxId, config: object): Promise<string> {
    if (this.#isClosed) throw new PlatformError("InsufficientResources", "The server is stopping");
    const bundle = path.join(this.#directory, id);
    const making = write(bundle, JSON.stringify(config));
    this.#making.add(making);
    await making.finally(() => this.#making.delete(making));
    return bundle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#making);
  }
}

async function write(bundle: string, config: string): Promise<void> {
  await mkdir(bundle, { mode: 0o700 });
  await writeFile(path.join(bundle, "config.json"), config);
}
