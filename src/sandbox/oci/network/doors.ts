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

/** The nameservers behind our own addresses. Boxes keep their `/etc/resolv.conf`; what is behind it follows the host. */
export class Doors implements AsyncDisposable {
  readonly #parts: DoorsParts;
  #resolvers: readonly string[];
  #watch: Disposable | null = null;
  #changing = Promise.resolve();

  constructor(parts: DoorsParts) {
    this.#parts = parts;
    this.#resolvers = parts.plan.resolvers;
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#changing;
  }

  /** Never rejects: the old doors stay where new ones cannot be made. */
  async #refresh(file: string): Promise<void> {
    const { plan, logger } = this.#parts;
    try {
      const resolvers = await readResolvers(file);
      if (resolvers.join() === this.#resolvers.join()) return;
      await runProgram("nft", ["-f", "-"], doorRules({ ...plan, resolvers }));
      this.#resolvers = resolvers;
      this.#admitLoopback();
      logger.info({ resolvers }, "Sandboxes ask the host's new nameservers");
    } catch (error) {
      logger.error({ err: error }, "Sandboxes still ask the host's old nameservers");
    }
  }

  #admitLoopback(): void {
    if (this.#resolvers.some((resolver) => resolver.startsWith("127."))) this.#parts.pool.admitLoopback();
  }
}
