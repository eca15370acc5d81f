import { GrowingPause, newSandboxId, type Clock, type Logger } from "../../core/index.ts";
import type { RuntimePackage, RuntimeProgram, Sandbox, SandboxDriver } from "../../sandbox/index.ts";
import type { Idle } from "../idle/memory-pressure.ts";

/** What programs need that does not come with the platform. */
export interface ProgramPackages {
  isInstalled(name: string): boolean;
  find(name: string): Pick<RuntimePackage, "title" | "origin"> | null;
  install(name: string, options: { signal: AbortSignal }): Promise<void>;
}

/** The program, the pool's size and its bounds. */
export interface WarmPoolOptions {
  readonly driver: SandboxDriver;
  readonly program: RuntimeProgram;
  /** Where the program comes from when it does not come with the platform. */
  readonly packages?: ProgramPackages;
  /** Started runtimes kept ready; 0: every take boots. */
  readonly size: number;
  /** Keeps none ready before it is wanted, or the first is taken: most installations never use this program. */
  readonly isLazy?: boolean;
  readonly maxParallelBoots: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface Taker {
  give(sandbox: Sandbox): void;
  refuse(error: unknown): void;
}

/** Refills come so long after the first take, whatever else is taken: a boot in the turn of a claim delays its call by 2 ms. */
const refillDelayMs = 50;
const backoff = { firstMs: 500, longestMs: 30_000 } as const;

/**
 * Started, generic, unclaimed runtimes of one program.
 *
 * A sandbox: booting → ready → taken, or → dead (it ended while nobody had it) and is replaced.
 * One rule decides about boots: as many as takers wait for plus places that are free, at most
 * `maxParallelBoots` at a time; whatever boot ends first serves the taker that waits longest.
 * A boot that fails is tried again at once for whoever waits; when that fails too, takers are refused. Failing
 * boots hold refills back, twice as long each time.
 */
export class WarmPool implements AsyncDisposable {
  readonly #options: WarmPoolOptions;
  readonly #ready: Sandbox[] = [];
  readonly #takers = new Set<Taker>();
  readonly #boots = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** Null: whenever something is missing. */
  #refillAt: number | null = null;
  readonly #backoff = new GrowingPause(backoff);
  /** Boots in a row that failed, counting those that ran at the same time once. */
  #failures = 0;
  #isWanted: boolean;
  /** The host is short of memory: it keeps one ready at most. */
  isShort = false;
  #runtimeVersion: string | null;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
    this.#isWanted = options.isLazy !== true;
    this.#runtimeVersion = options.program.version ?? null;
  }

  get program(): RuntimeProgram {
    return this.#options.program;
  }

  /** A function that needs this program is or was served, or one is ready for it. */
  get isUsed(): boolean {
    return this.#isWanted;
  }

  get ready(): number {
    return this.#ready.length;
  }

  get booting(): number {
    return this.#boots.size;
  }

  /** How many it keeps ready. */
  get keeps(): number {
    if (!this.#isWanted) return 0;
    return this.isShort ? Math.min(1, this.#options.size) : this.#options.size;
  }

  /** A started runtime: at once when one is ready, else the next one to boot. */
  take(options: { signal: AbortSignal }): Promise<Sandbox> {
    if (options.signal.aborted || this.#stop.signal.aborted) {
      return Promise.reject(new Error("the taker or the pool has stopped"));
    }
    this.#isWanted = true;
    this.#refillAt ??= this.#options.clock.monotonic() + refillDelayMs;
    const sandbox = this.#ready.shift(); // the oldest: what came last may still be warming up
    if (sandbox !== undefined) return Promise.resolve(sandbox);
    const taken = this.#wait(options.signal);
    this.#bootForTakers();
    return taken;
  }

  /** A function that needs this program is served: from now on runtimes are kept ready. */
  want(): void {
    this.#isWanted = true;
  }

  /** What has to be fetched before this program can be started; null: nothing. */
  get missing(): Pick<RuntimePackage, "title" | "origin"> | null {
    const { program, packages } = this.#options;
    if (program.packageName === undefined || packages?.isInstalled(program.packageName) !== false) return null;
    return packages.find(program.packageName);
  }

  /** Fetches what is missing. Throws a PlatformError that says why it cannot be had. */
  async fetchMissing(options: { signal: AbortSignal }): Promise<void> {
    const { program, packages } = this.#options;
    if (this.missing !== null) await packages?.install(program.packageName ?? "", options);
  }

  /** The version of the program, if it is known yet. */
  get knownVersion(): string | null {
    return this.#runtimeVersion;
  }

  /** The version of the program; where it is not known before, the first to ask waits for a boot. Rejects when it does not start. */
  async runtimeVersion(options: { signal: AbortSignal }): Promise<string> {
    if (this.#runtimeVersion !== null) return this.#runtimeVersion;
    const sandbox = await this.take(options);
    this.#add(sandbox); // nobody's yet
    return sandbox.channel.runtimeVersion;
  }

  /** Those beyond the one that the next claim needs. */
  spare(): Idle[] {
    return this.#ready.slice(1).map((sandbox) => ({
      bytes: sandbox.memory().currentBytes,
      idleSince: 0, // never used
      stop: () => this.#drop(sandbox),
    }));
  }

  #drop(sandbox: Sandbox): void {
    const index = this.#ready.indexOf(sandbox);
    if (index < 0) return; // somebody took it
    this.#ready.splice(index, 1);
    void sandbox[Symbol.asyncDispose]();
  }

  /** Refills, when it is time to. */
  tick(now: number): void {
    if (!this.#isWanted || (this.#refillAt !== null && now < this.#refillAt)) return;
    this.#refillAt = null;
    const comingHere = Math.max(0, this.#boots.size - this.#takers.size);
    let missing = this.keeps - this.#ready.length - comingHere;
    for (; missing > 0 && this.#mayBoot; missing--) this.#boot();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const taker of this.#takers) taker.refuse(new Error("the pool has stopped"));
    this.#takers.clear();
    await Promise.all(this.#boots);
    await Promise.all(this.#ready.splice(0).map((sandbox) => sandbox[Symbol.asyncDispose]()));
  }

  #wait(signal: AbortSignal): Promise<Sandbox> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#takers.delete(taker);
        reject(new Error("the taker has stopped waiting"));
      };
      const taker: Taker = {
        give: (sandbox) => {
          signal.removeEventListener("abort", leave);
          resolve(sandbox);
        },
        refuse: (error) => {
          signal.removeEventListener("abort", leave);
          reject(error);
        },
      };
      this.#takers.add(taker);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  get #mayBoot(): boolean {
    return this.#boots.size < this.#options.maxParallelBoots && !this.#stop.signal.aborted;
  }

  #bootForTakers(): void {
    while (this.#boots.size < this.#takers.size && this.#mayBoot) this.#boot();
  }

  #boot(): void {
    const boot = this.#bootOne().finally(() => {
      this.#boots.delete(boot);
      this.#bootForTakers();
    });
    this.#boots.add(boot);
  }

  async #bootOne(): Promise<void> {
    const { driver, program } = this.#options;
    const { signal } = this.#stop;
    const failuresBefore = this.#failures;
    try {
      if (this.missing !== null) await this.fetchMissing({ signal });
      const sandbox = await driver.create({ id: newSandboxId(), program }, { signal });
      if (signal.aborted) await sandbox[Symbol.asyncDispose]();
      else this.#add(sandbox);
    } catch (error) {
      // one that began before the last failure tells nothing new
      if (!signal.aborted && failuresBefore === this.#failures) this.#bootFailed(error);
    }
  }

  #add(sandbox: Sandbox): void {
    this.#backoff.reset();
    this.#failures = 0;
    this.#runtimeVersion = this.#options.program.version ?? sandbox.channel.runtimeVersion;
    const [taker] = this.#takers;
    if (taker !== undefined) {
      this.#takers.delete(taker);
      taker.give(sandbox);
      return;
    }
    this.#ready.push(sandbox);
    void Promise.race([sandbox.channel.closed, sandbox.ended]).then(() => {
      const index = this.#ready.indexOf(sandbox);
      if (index >= 0) this.#died(sandbox, index);
    });
  }

  #died(sandbox: Sandbox, index: number): void {
    const { program, logger } = this.#options;
    this.#ready.splice(index, 1);
    void sandbox[Symbol.asyncDispose]();
    this.#holdBack();
    logger.warn({ sandbox: sandbox.id, program: program.name }, "A pooled runtime ended; it will be replaced");
  }

  #bootFailed(error: unknown): void {
    const { program, logger } = this.#options;
    this.#holdBack();
    this.#failures++;
    logger.warn({ err: error, program: program.name, againInMs: this.#backoff.ms }, "A runtime did not start");
    if (this.#failures === 1) return; // the takers' next boot follows
    for (const taker of this.#takers) taker.refuse(error);
    this.#takers.clear();
  }

  #holdBack(): void {
    this.#refillAt = this.#options.clock.monotonic() + this.#backoff.grow();
  }
}
