interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const batchSize = 500;
/** Two: while one batch waits for the disk, the next one is already on its way. */
const parallelBatches = 2;

/**
 * Shares one statement (and one wait for the disk) among the calls that come while earlier ones are
 * under way. A lone call is not delayed. Each call learns of its own result; the callers' own
 * bounds on calls under way bound the queue.
 */
export class GroupCommit<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;

  /** `write` answers one result per item, in order. */
  constructor(write: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#write = write;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      // Callers of the same turn of the loop share a batch even when nothing is under way.
      if (this.#waiting.length === 1) setImmediate(() => this.#next());
    });
  }

  #next(): void {
    while (this.#running < parallelBatches && this.#waiting.length > 0) {
      this.#running++;
      void this.#run(this.#waiting.splice(0, batchSize)).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  /** Never rejects: the outcome goes to those who wait. */
  async #run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#write(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined) return reject(new Error("a batch must answer one result per item"));
        resolve(result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
