import { GrowingPause, newSandboxId, type Clock, type Logger } from "../../core/index.ts";
import type { RuntimePackage, RuntimeProgram, Sandbox, SandboxDriver } from "../../sandbox/index.ts";
import type { Idle } from "../idle/memory-pressure.ts";
import type { BootPlaces } from "./boot-places.ts";
import { poolTarget, withClaim, type SecondOfClaims } from "./pool-target.ts";
import { Takers } from "./takers.ts";

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
  /** Started runtimes kept ready at least; 0: every take boots. */
  readonly size: number;
  /** Kept ready at most, however fast they are taken; `size` where absent. */
  readonly mostReady?: number;
  /** Keeps none ready before it is wanted, or the first is taken: most installations never use this program. */
  readonly isLazy?: boolean;
  /** Shared by all pools. */
  readonly places: BootPlaces;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Refills come so long after the first take, whatever else is taken: a boot in the turn of a claim delays its call by 2 ms. */
const refillDelayMs = 50;
const backoff = { firstMs: 500, longestMs: 30_000 } as const;

/**
 * Started, generic, unclaimed runtimes of one program.
 *
 * A sandbox: booting → ready → taken, or → dead (it ended while nobody had it) and is replaced.
 * One rule decides about boots: as many as takers wait for plus those that are missing to its target, in the boot places that all
 * pools share; whatever boot ends first serves the taker that waits longest. The target follows the recent pace of claims (`poolTarget`).
 * One pool serves functions of every size: a box is generic, and gets its limits and its /tmp at the claim, by writes of some 30 µs each. A
 * pool for each size would keep runtimes ready that nobody wants, and be empty where many are wanted.
 * A boot that fails is tried again at once for whoever waits; when that fails too, takers are refused. Failing
 * boots hold refills back, twice as long each time.
 */
export class WarmPool implements AsyncDisposable {
  readonly #options: WarmPoolOptions;
  readonly #ready: Sandbox[] = [];
  readonly #takers = new Takers();
  readonly #boots = new Set<Promise<void>>();
  #claims: readonly SecondOfClaims[] = [];
  readonly #turn = (place: Disposable): void => this.#bootForTakers(place);
  readonly #stop = new AbortController();
  /** Null: whenever something is missing. */
  #refillAt: number | null = null;
  readonly #backoff = new GrowingPause(backoff);
  /** Boots in a row that failed, counting those that ran at the same time once. */
  #failures = 0;
  /** Something failed, and `#refillAt` ends the pause. */
  #isHeldBack = false;
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
    const { size: least, mostReady: most = least, clock } = this.#options;
    return this.isShort ? Math.min(1, least) : poolTarget(this.#claims, clock.monotonic(), { least, most });
  }

  /** A started runtime: at once when one is ready, else the next one to boot. */
  take(options: { signal: AbortSignal }): Promise<Sandbox> {
    if (options.signal.aborted || this.#stop.signal.aborted) {
      return Promise.reject(new Error("the taker or the pool has stopped"));
    }
    this.#isWanted = true;
    const now = this.#options.clock.monotonic();
    this.#claims = withClaim(this.#claims, now);
    this.#refillAt ??= now + refillDelayMs;
    const sandbox = this.#ready.shift(); // the oldest: what came last may still be warming up
    if (sandbox !== undefined) return Promise.resolve(sandbox);
    const taken = this.#takers.wait(options.signal);
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
    if (!this.#isWanted) return;
    this.#shrink();
    if (this.#refillAt !== null && now < this.#refillAt) return;
    this.#refillAt = null;
    this.#isHeldBack = false;
    this.#refill();
  }

  #refill(): void {
    if (this.#stop.signal.aborted) return;
    const comingHere = Math.max(0, this.#boots.size - this.#takers.size);
    for (let missing = this.keeps - this.#ready.length - comingHere; missing > 0; missing--) {
      const place = this.#options.places.tryTake();
      if (place === null) return;
      this.#boot(place);
    }
  }

  /** One that was wanted at a faster pace goes, one at a time; what is short of memory is ended by whoever found that out. */
  #shrink(): void {
    const spare = this.#ready.at(-1);
    if (!this.isShort && spare !== undefined && this.#ready.length > this.keeps) this.#drop(spare);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#options.places.leave(this.#turn);
    this.#takers.refuseAll(new Error("the pool has stopped"));
    await Promise.all(this.#boots);
    await Promise.all(this.#ready.splice(0).map((sandbox) => sandbox[Symbol.asyncDispose]()));
  }

  /** @param given a place that it waited for */
  #bootForTakers(given?: Disposable): void {
    const { places } = this.#options;
    let place = given ?? null;
    while (this.#boots.size < this.#takers.size && !this.#stop.signal.aborted) {
      place ??= places.tryTake();
      if (place === null) return places.wait(this.#turn);
      this.#boot(place);
      place = null;
    }
    place?.[Symbol.dispose]();
  }

  #boot(place: Disposable): void {
    const boot = this.#bootOne(place).finally(() => {
      this.#boots.delete(boot);
      place[Symbol.dispose]();
      this.#bootForTakers();
      if (!this.#isHeldBack) this.#refill(); // as fast as places allow: a tick later the host would have idled
    });
    this.#boots.add(boot);
  }

  async #bootOne(place: Disposable): Promise<void> {
    const { driver, program } = this.#options;
    const { signal } = this.#stop;
    const failuresBefore = this.#failures;
    try {
      using _ = this.missing === null ? place : await this.#fetchFirst(place, signal);
      const sandbox = await driver.create({ id: newSandboxId(), program }, { signal });
      if (signal.aborted) await sandbox[Symbol.asyncDispose]();
      else this.#add(sandbox);
    } catch (error) {
      // one that began before the last failure tells nothing new
      if (!signal.aborted && failuresBefore === this.#failures) this.#bootFailed(error);
    }
  }

  /** A fetch takes as long as the network does: meanwhile others have the place. */
  async #fetchFirst(place: Disposable, signal: AbortSignal): Promise<Disposable> {
    place[Symbol.dispose]();
    await this.fetchMissing({ signal });
    return this.#options.places.take({ signal });
  }

  #add(sandbox: Sandbox): void {
    this.#backoff.reset();
    this.#failures = 0;
    this.#runtimeVersion = this.#options.program.version ?? sandbox.channel.runtimeVersion;
    if (this.#takers.give(sandbox)) return;
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
    this.#takers.refuseAll(error);
  }

  #holdBack(): void {
    this.#isHeldBack = true;
    this.#refillAt = this.#options.clock.monotonic() + this.#backoff.grow();
  }
}
