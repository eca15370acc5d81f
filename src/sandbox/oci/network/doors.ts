import type { Logger } from "../../../core/index.ts";
import { doorRules, type FirewallPlan } from "./host/firewall.ts";
import { boxResolvConf, readResolvers, watchResolvers } from "./host/resolvers.ts";
import { runProgram } from "./host/run-program.ts";
import type { NetworkPool } from "./network-pool.ts";

interface DoorsParts {
  /** As the fence was raised. */
  readonly plan: FirewallPlan;
  readonly pool: NetworkPool;
  readonly logger: Logger;
}

/** What is behind our own addresses: nameservers, which follow the host while boxes keep their `/etc/resolv.conf`, and the platform's API. */
export class Doors implements AsyncDisposable {
  readonly #parts: DoorsParts;
  #resolvers: readonly string[];
  #apiPort: number | null;
  #watch: Disposable | null = null;
  #changing = Promise.resolve();

  constructor(parts: DoorsParts) {
    this.#parts = parts;
    this.#resolvers = parts.plan.resolvers;
    this.#apiPort = parts.plan.apiPort;
    this.#admitLoopback();
  }

  resolvConf(): string {
    return boxResolvConf(this.#parts.plan.range, this.#resolvers);
  }

  /** From now on the nameservers are those of `file`, whenever it changes. */
  follow(file: string): void {
    this.#watch = watchResolvers(file, () => {
      this.#changing = this.#changing.then(() => this.#refresh(file));
    });
  }

  /** From now on boxes reach the server on this port of the host's loopback. */
  async openApi(port: number): Promise<void> {
    const opening = this.#changing.then(async () => {
      await this.#replace(this.#resolvers, port);
      this.#apiPort = port;
      this.#admitLoopback();
    });
    this.#changing = opening.catch(() => undefined); // reported to whoever opens it
    await opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#changing;
  }

  /** Never rejects: the old doors stay where new ones cannot be made. */
  async #refresh(file: string): Promise<void> {
    const { logger } = this.#parts;
    try {
      const resolvers = await readResolvers(file);
      if (resolvers.join() === this.#resolvers.join()) return;
      await this.#replace(resolvers, this.#apiPort);
      this.#resolvers = resolvers;
      this.#admitLoopback();
      logger.info({ resolvers }, "Sandboxes ask the host's new nameservers");
    } catch (error) {
      logger.error({ err: error }, "Sandboxes still ask the host's old nameservers");
    }
  }

  async #replace(resolvers: readonly string[], apiPort: number | null): Promise<void> {
    await runProgram("nft", ["-f", "-"], doorRules({ ...this.#parts.plan, resolvers, apiPort }));
  }

  #admitLoopback(): void {
    const isNeeded = this.#apiPort !== null || this.#resolvers.some((resolver) => resolver.startsWith("127."));
    if (isNeeded) this.#parts.pool.admitLoopback();
  }
}
