import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Host, Logger } from "../../core/index.ts";
import type { ChangeListener, Store } from "../../store/index.ts";
import { BusyFunctions } from "./busy-functions.ts";
import { placeCall, rankHosts } from "./place-call.ts";
import { Suspects } from "./suspects.ts";

/** What a fleet stands on. */
export interface FleetOptions {
  readonly store: Pick<Store, "hosts" | "changes">;
  /** This process among the hosts. */
  readonly selfId: string;
  /** Processes of this machine listen on the same port: the system spreads connections over them. */
  readonly sharesPort: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A host that says nothing for so long is no host any more. */
const leaseMs = 8_000;
const renewEveryMs = 2_000;
/** What it reported of deployments is forgotten later: a restart takes less. */
const forgetAfterMs = 60_000;
/** The others hear of the end of a membership within milliseconds; what they had sent by then is still answered. */
const farewellMs = 250;
/** Functions whose order of hosts is remembered. */
const maxRanked = 100_000;

/**
 * The processes of the installation, as this one sees them: `new → following → member → left`. While the database is away the last list holds, and for one
 * lease after its return, because the others have not renewed theirs yet.
 */
export class Fleet implements ChangeListener, AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #suspects: Suspects;
  readonly #loads = new Map<string, { readonly host: Host; calls: number }>();
  /** By id: those that take connections and answer nothing. */
  readonly #silent = new Set<string>();
  readonly #ranked = new Map<string, readonly Host[]>();
  readonly #busyFunctions: BusyFunctions;
  readonly #subscription: Disposable;
  #hosts: readonly Host[] = [];
  /** By id: this process and those that share its port; none before it is a member. */
  #neighbours: ReadonlySet<string> = new Set();
  #renewing: Promise<void> | null = null;
  #isAlone = true;
  #isAway = false;
  #trustedUntil = 0;

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.#suspects = new Suspects(options.clock);
    this.#busyFunctions = new BusyFunctions(options.clock);
    this.#subscription = options.store.changes.subscribe("host", this);
  }

  /** Follows who is there. Rejects when the store cannot tell. */
  static async follow(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    fleet.#take(await options.store.hosts.alive());
    return fleet;
  }

  /** From now on the others know this process, until the membership is disposed of. Rejects when the store does not take it. */
  async join(self: Host): Promise<AsyncDisposable> {
    const { store } = this.#options;
    this.#take(await store.hosts.renew(self, leaseMs));
    const timer = setInterval(() => this.#renewSoon(self), renewEveryMs).unref();
    await store.changes.announce("host", self.id);
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        await this.#renewing;
        await this.#leave(self);
        if (this.#hosts.length > 0) await delay(farewellMs, null, { ref: false });
      },
    };
  }

  get hosts(): readonly Host[] {
    return this.#hosts;
  }

  /** No other process runs functions. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  get selfId(): string {
    return this.#options.selfId;
  }

  isSelf(host: Pick<Host, "id">): boolean {
    return host.id === this.#options.selfId;
  }

  /** Other processes with a role, those that were just out of reach last. */
  others(role: Host["roles"][number]): readonly Host[] {
    const others = this.#hosts.filter((host) => host.roles.includes(role) && !this.isSelf(host));
    return others.toSorted((one, other) => Number(this.#isInReach(other)) - Number(this.#isInReach(one)));
  }

  /** Other processes where calls run that this one has placed. */
  get busy(): readonly Host[] {
    return [...this.#loads.values()].map(({ host }) => host).filter((host) => !this.isSelf(host));
  }

  /**
   * Whether a call is answered where it arrived: its function is busy, and its host one of those that share this one's port, among which the calls are
   * spread already. Counts the call.
   */
  staysHere(namespace: string, name: string): boolean {
    if (!this.#options.sharesPort) return false;
    const key = `${namespace}/${name}`;
    if (!this.#busyFunctions.count(key)) return false;
    const [first] = this.#rank(key);
    return first !== undefined && this.#neighbours.has(first.id);
  }

  /** Chooses the host of a call and counts it there until `release`. Null: no process runs functions. */
  place(namespace: string, name: string): Host | null {
    if (this.#suspects.haveChanged()) this.#ranked.clear();
    const host = placeCall(this.#rank(`${namespace}/${name}`), ({ id }) => this.#loads.get(id)?.calls ?? 0);
    if (host === null) return null;
    const load = this.#loads.get(host.id);
    if (load === undefined) this.#loads.set(host.id, { host, calls: 1 });
    else load.calls++;
    return host;
  }

  release({ id }: Pick<Host, "id">): void {
    const load = this.#loads.get(id);
    if (load !== undefined && --load.calls <= 0) this.#loads.delete(id);
  }

  /** It took no connection: calls go to others for a while. */
  suspect(host: Host): void {
    if (this.isSelf(host)) return;
    if (this.#suspects.add(host))
      this.#options.logger.warn({ host: host.id, url: host.internalUrl }, "A host is out of reach");
    this.#ranked.clear();
  }

  /** It takes connections and answers nothing, or does so no more: calls go to others meanwhile. */
  setSilent({ id }: Pick<Host, "id">, isSilent: boolean): void {
    if (this.#silent.has(id) === isSilent) return;
    if (isSilent) this.#silent.add(id);
    else this.#silent.delete(id);
    this.#ranked.clear();
  }

  async changed(): Promise<void> {
    this.#take(await this.#options.store.hosts.alive());
  }

  resync(): Promise<void> {
    return this.changed().catch(() => undefined); // the next renewal reads them, too
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    return Promise.resolve();
  }

  async #leave({ id }: Host): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await store.hosts.leave(id);
      await store.changes.announce("host", id);
    } catch (error) {
      logger.warn({ err: error }, "The other hosts could not be told of the stop: the end of its lease tells them");
    }
  }

  #rank(key: string): readonly Host[] {
    const known = this.#ranked.get(key);
    if (known !== undefined) return known;
    const hosts = this.#hosts.filter(({ roles }) => roles.includes("data"));
    const inReach = hosts.filter((host) => this.#isInReach(host));
    const ranked = rankHosts(inReach.length > 0 ? inReach : hosts, key);
    if (this.#ranked.size >= maxRanked) this.#ranked.clear();
    this.#ranked.set(key, ranked);
    return ranked;
  }

  #isInReach(host: Host): boolean {
    return !this.#suspects.has(host) && !this.#silent.has(host.id);
  }

  /** One renewal at a time: a database that hangs is not asked again and again. */
  #renewSoon(self: Host): void {
    this.#renewing ??= this.#renew(self).finally(() => {
      this.#renewing = null;
    });
  }

  async #renew(self: Host): Promise<void> {
    const { store, logger, clock } = this.#options;
    try {
      const alive = await store.hosts.renew(self, leaseMs);
      if (this.#isAway) this.#trustedUntil = clock.monotonic() + leaseMs;
      this.#isAway = false;
      this.#take(alive);
      if (self.roles.includes("control")) await this.#forgetGone();
    } catch (error) {
      if (!this.#isAway)
        logger.warn({ err: error }, "The lease of this host could not be renewed; going on with the hosts known");
      this.#isAway = true;
    }
  }

  async #forgetGone(): Promise<void> {
    const { store, logger } = this.#options;
    for (const id of await store.hosts.forgetGone(forgetAfterMs)) logger.info({ host: id }, "A host is gone");
  }

  /** Processes of several machines, one of which has not said its address. */
  #warnOfLoopback(): void {
    const here = this.#hosts.filter(({ internalUrl }) => isLoopback(internalUrl));
    if (here.length === 0 || here.length === this.#hosts.length) return;
    const hosts = here.map(({ id, publicUrl }) => `${id} at ${publicUrl}`);
    this.#options.logger.warn({ hosts }, "Other machines cannot reach these processes: set GUST_INTERNAL_HOST there");
  }

  #take(alive: readonly Host[]): void {
    const ids = new Set(alive.map(({ id }) => id));
    const isTrusted = this.#options.clock.monotonic() < this.#trustedUntil;
    const next = isTrusted ? [...alive, ...this.#hosts.filter(({ id }) => !ids.has(id))] : alive;
    const known = new Map(this.#hosts.map((host) => [host.id, host]));
    const isSame =
      next.length === this.#hosts.length && next.every((host) => known.get(host.id)?.startedAt === host.startedAt);
    if (isSame) return;
    for (const host of next) {
      if (known.get(host.id)?.startedAt === host.startedAt) continue;
      this.#suspects.clear(host);
      this.#silent.delete(host.id);
    }
    this.#hosts = next;
    const self = next.find((host) => this.isSelf(host));
    this.#neighbours = new Set(
      next.filter((host) => self !== undefined && isNeighbour(self, host)).map(({ id }) => id),
    );
    this.#warnOfLoopback();
    this.#isAlone = next.every((host) => this.isSelf(host) || !host.roles.includes("data"));
    this.#ranked.clear();
  }
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[\d.]+$/.test(hostname);
}

/** On one machine, at one port. */
function isNeighbour(one: Host, other: Host): boolean {
  const isSameMachine = new URL(one.internalUrl).hostname === new URL(other.internalUrl).hostname;
  return isSameMachine && one.publicUrl === other.publicUrl && other.roles.includes("data");
}
