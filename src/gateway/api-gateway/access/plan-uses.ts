import type { Logger } from "../../../core/index.ts";
import type { PlanUse, PublishedServices } from "../../../store/index.ts";

type UseStore = Pick<PublishedServices, "loadUse" | "addUse">;

/** How often what was counted is written, and what other processes wrote is read. */
const writeMs = 1_000;

/**
 * How many requests the keys of usage plans have had. Counted here and written once a second in one statement, so that at most that
 * second is forgotten when the process is killed. What several processes count is together right after each write; while a plan has a quota,
 * a process that counts nothing reads each second, too: it has to take a key again that was bound anew, and to refuse what others used up.
 * States: `idle → (counted, or there is a quota) due → writing → reading → idle`.
 */
export class PlanUses implements AsyncDisposable {
  readonly #store: UseStore;
  readonly #logger: Logger;
  readonly #hasQuota: () => boolean;
  #isClosed = false;
  /** As the store has it. */
  #written = new Map<string, number>();
  /** Counted since; under the same keys. */
  #counted = new Map<string, Use>();
  #underWay: ReadonlyMap<string, Use> = new Map();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** @param hasQuota whether any plan has one */
  constructor(store: UseStore, logger: Logger, hasQuota: () => boolean) {
    this.#store = store;
    this.#logger = logger;
    this.#hasQuota = hasQuota;
  }

  /** Rejects when the store cannot tell. */
  async open(): Promise<void> {
    this.#take(await this.#store.loadUse());
    this.#readOn();
  }

  /** After plans changed: what a key had before it was bound anew does not count. Resolves when the store was asked. */
  async changed(): Promise<void> {
    if (this.#hasQuota()) await this.flush();
  }

  used(planId: string, secretId: string): number {
    const key = keyOf(planId, secretId);
    const { requests: counted } = this.#counted.get(key) ?? none;
    const { requests: underWay } = this.#underWay.get(key) ?? none;
    return (this.#written.get(key) ?? 0) + counted + underWay;
  }

  count(planId: string, secretId: string): void {
    const key = keyOf(planId, secretId);
    const before = this.#counted.get(key);
    if (before === undefined) this.#counted.set(key, { planId, secretId, requests: 1 });
    else before.requests++;
    this.#writeSoon();
  }

  /** Resolves when all that was counted is written, or could not be. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#writeAndRead()).then(() => this.#readOn());
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => this.#write(), writeMs).unref();
  }

  #readOn(): void {
    if (!this.#isClosed && this.#hasQuota()) this.#writeSoon();
  }

  async #writeAndRead(): Promise<void> {
    if (this.#counted.size === 0 && (this.#isClosed || !this.#hasQuota())) return;
    this.#underWay = this.#counted;
    this.#counted = new Map();
    try {
      await this.#store.addUse([...this.#underWay.values()]);
    } catch (error) {
      this.#logger.warn({ err: error }, "What usage plans were used could not be written; it will be with the next");
      this.#countAgain();
      return;
    }
    await this.#readAll();
  }

  /** What is under way now is in the store. */
  async #readAll(): Promise<void> {
    try {
      this.#take(await this.#store.loadUse());
    } catch (error) {
      this.#logger.warn({ err: error }, "What usage plans were used could not be read; going on with what is known");
      for (const [key, { requests }] of this.#underWay) {
        this.#written.set(key, (this.#written.get(key) ?? 0) + requests);
      }
    }
    this.#underWay = new Map();
  }

  #countAgain(): void {
    for (const [key, use] of this.#underWay) {
      const since = this.#counted.get(key);
      this.#counted.set(key, { ...use, requests: use.requests + (since?.requests ?? 0) });
    }
    this.#underWay = new Map();
    this.#writeSoon();
  }

  #take(uses: readonly PlanUse[]): void {
    this.#written = new Map(uses.map(({ planId, secretId, requests }) => [keyOf(planId, secretId), requests]));
  }
}

interface Use extends PlanUse {
  requests: number;
}

const none = { requests: 0 } as const;

function keyOf(planId: string, secretId: string): string {
  return `${planId} ${secretId}`;
}
