import type { Host, Logger } from "../../core/index.ts";
import type { Fleet } from "./fleet.ts";
import { HostOutOfReach, type HostClient } from "./host-client.ts";

const beatMs = 1_000;
/** Beats without a word: then a host gets no further calls. */
const untilSilent = 3;
/** And then those that it has are given up. As long as the lease, by which all forget it. */
const untilLost = 8;

const unasked = -1;

interface PulseOptions {
  readonly fleet: Pick<Fleet, "busy" | "hosts" | "setSilent">;
  readonly client: Pick<HostClient, "askedHosts" | "ping" | "abandon">;
  readonly logger: Logger;
}

interface Watched {
  readonly host: Host;
  /** Since it was asked what it has not answered. */
  beats: number;
  isAsked: boolean;
  readonly over: AbortController;
}

/**
 * Finds out which hosts hang: the system of such a host still takes connections and bytes, and nothing answers. Hosts are asked for a sign of life while
 * somebody waits for them. Time is counted in beats of this process, so that one that was itself stopped does not take all others for dead.
 */
export class HostPulse implements AsyncDisposable {
  readonly #options: PulseOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #listeners = new Set<(host: Host, reason: Error) => void>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), beatMs).unref();
  }

  /** `listener` gives up what it has at the host; called again and again while the host hangs. */
  onLost(listener: (host: Host, reason: Error) => void): void {
    this.#listeners.add(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const { over } of this.#watched.values()) over.abort();
    this.#watched.clear();
    return Promise.resolve();
  }

  #beat(): void {
    const { fleet, client } = this.#options;
    const waitedFor = new Map([...fleet.busy, ...client.askedHosts].map((host) => [keyOf(host), host]));
    for (const [key, watched] of this.#watched) {
      const isKnown = fleet.hosts.some((host) => keyOf(host) === key);
      if (!waitedFor.has(key) && (watched.beats < untilSilent || !isKnown)) this.#forget(key, watched);
    }
    for (const [key, host] of waitedFor) {
      if (!this.#watched.has(key))
        this.#watched.set(key, { host, beats: unasked, isAsked: false, over: new AbortController() });
    }
    for (const watched of this.#watched.values()) this.#look(watched);
  }

  #look(watched: Watched): void {
    watched.beats++;
    if (!watched.isAsked) void this.#ask(watched);
    if (watched.beats === untilSilent) this.#holdBack(watched);
    if (watched.beats >= untilLost) this.#giveUp(watched);
  }

  async #ask(watched: Watched): Promise<void> {
    const { host, over } = watched;
    watched.isAsked = true;
    try {
      await this.#options.client.ping(host, over);
    } catch (error) {
      if (over.signal.aborted) return;
      watched.isAsked = false;
      if (error instanceof HostOutOfReach && error.isLate) return; // as silent as without a connection
    }
    watched.isAsked = false;
    if (watched.beats >= untilSilent) this.#hear(host);
    watched.beats = unasked;
  }

  #holdBack({ host }: Watched): void {
    const { fleet, logger } = this.#options;
    fleet.setSilent(host, true);
    logger.warn(
      { host: host.id, url: host.internalUrl },
      "A host takes connections and answers nothing: calls go to others",
    );
  }

  #giveUp({ host, beats }: Watched): void {
    const reason = new Error(`it has answered nothing for ${beats} s`);
    this.#options.client.abandon(host, reason);
    for (const listener of this.#listeners) listener(host, reason);
  }

  #hear(host: Host): void {
    this.#options.fleet.setSilent(host, false);
    this.#options.logger.info({ host: host.id }, "The host answers again");
  }

  #forget(key: string, { host, over }: Watched): void {
    over.abort();
    this.#watched.delete(key);
    this.#options.fleet.setSilent(host, false);
  }
}

/** A process; the next one on the same data directory is another. */
function keyOf({ id, startedAt }: Host): string {
  return `${id} ${startedAt}`;
}
