import type { Logger, Sha256 } from "../../core/index.ts";
import type { RuntimeStatus } from "../pools/runtimes.ts";
import type { SchedulerStatus } from "../status.ts";
import type { Fleet } from "./fleet.ts";
import type { HostClient } from "./host-client.ts";

/** What one process learns from the others. */
export class FleetStatus {
  readonly #fleet: Fleet;
  readonly #client: HostClient;
  readonly #logger: Logger;

  constructor(fleet: Fleet, client: HostClient, logger: Logger) {
    this.#fleet = fleet;
    this.#client = client;
    this.#logger = logger;
  }

  /** What runs on all hosts together: `own`, where this one runs functions, and what the others say. */
  async status(
    own: SchedulerStatus | null,
    options: { signal: AbortSignal },
  ): Promise<Readonly<Record<string, unknown>>> {
    const others = await this.#askAll<SchedulerStatus>("status", "", options);
    const hosts = this.#fleet.hosts.map((host) => ({ ...host, isSelf: this.#fleet.isSelf(host) }));
    return { ...sum([...(own === null ? [] : [own]), ...others]), hosts };
  }

  /** Of the first host that answers: they are alike, or should be. */
  async runtimes(options: { signal: AbortSignal }): Promise<readonly RuntimeStatus[]> {
    const [first] = await this.#askAll<readonly RuntimeStatus[]>("runtimes", "", options);
    return first ?? [];
  }

  async installRuntime(name: string, options: { signal: AbortSignal }): Promise<boolean> {
    return (await this.#askAll<boolean>("install-runtime", name, options)).includes(true);
  }

  /** Brings what the others have of ended calls to the database. */
  async flush(options: { signal: AbortSignal }): Promise<void> {
    await this.#askAll<null>("flush", "", options);
  }

  /** A code package that another process has; null: none of those in reach. */
  async fetchPackage(sha256: Sha256, options: { signal: AbortSignal }): Promise<Buffer | null> {
    const others = new Set([...this.#fleet.others("control"), ...this.#fleet.others("data")]);
    for (const host of others) {
      try {
        const found = await this.#client.ask(host, "package", sha256, options);
        if (found.length > 0) return found;
      } catch (error) {
        if (options.signal.aborted) throw error;
        this.#logger.warn({ host: host.id, err: error }, "A code package could not be fetched from another host");
      }
    }
    return null;
  }

  /** Answers of the other hosts that run functions; those that do not answer are left out. */
  async #askAll<Value>(operation: string, body: string, { signal }: { signal: AbortSignal }): Promise<Value[]> {
    const bound = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const asked = this.#fleet.others("data").map(async (host) => {
      const answer = await this.#client.ask(host, operation, body, { signal: bound });
      return (answer.length === 0 ? null : JSON.parse(answer.toString("utf8"))) as Value; // of a process of ours
    });
    const outcomes = await Promise.allSettled(asked);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") this.#logger.warn({ err: outcome.reason, operation }, "A host did not answer");
    }
    return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }
}

/** For whoever waits for a command. */
const patienceMs = 2_500;

/** Counts of several hosts together. */
function sum(
  all: readonly SchedulerStatus[],
): Omit<SchedulerStatus, "driver"> & Partial<Pick<SchedulerStatus, "driver">> {
  const total = (count: (one: SchedulerStatus) => number): number => all.reduce((so, one) => so + count(one), 0);
  const driver = all[0]?.driver;
  return {
    functions: Math.max(0, ...all.map(({ functions }) => functions)),
    runningCalls: total(({ runningCalls }) => runningCalls),
    concurrency: { usedMb: total((one) => one.concurrency.usedMb), limitMb: total((one) => one.concurrency.limitMb) },
    instances: {
      used: total(({ instances }) => instances.used),
      frozen: total(({ instances }) => instances.frozen),
      limit: total(({ instances }) => instances.limit),
    },
    pools: all[0]?.pools ?? {},
    versions: all.flatMap(({ versions }) => versions),
    ...(driver === undefined ? {} : { driver }),
  };
}
