import { fileURLToPath } from "node:url";
import type { Logger } from "../../../core/index.ts";
import { ResidentPerl } from "../../host-programs/resident-perl.ts";
import { programError } from "./host/run-program.ts";

const script = fileURLToPath(new URL("namespace-helper.pl", import.meta.url));

/** What a namespace is made of. */
export interface NamespacePlan {
  readonly interfaceName: string;
  readonly group: number;
  /** Differs among the namespaces of an installation; hardware addresses come from it. */
  readonly index: number;
  readonly mtu: number;
  readonly gateway: string;
  readonly address: string;
}

/** A namespace that the helper holds open. */
export interface HeldNamespace {
  /** Path by which others open it. */
  readonly path: string;
  /** Lets go of it: it lives on only as long as a process is inside. Never rejects. */
  drop(): Promise<void>;
}

interface Question {
  readonly resolve: (answer: string) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * The resident process that makes network namespaces, so that neither this process nor the hot path waits for the kernel.
 *
 * running → (dispose, death of the process) ended
 */
export class NamespaceHelper implements AsyncDisposable {
  readonly #perl: ResidentPerl;
  readonly #questions = new Map<string, Question>();
  readonly #ended = Promise.withResolvers<void>();
  #asked = 0;
  #failure: Error | null = null;

  constructor(logger: Logger) {
    // With it end all namespaces without a process.
    this.#perl = new ResidentPerl(script, [process.arch], {
      title: "helper that makes networks",
      logger,
      onLine: (line) => this.#onAnswer(line),
      onEnd: (how, cause) => {
        const hasEnded = new Error(`The helper that makes networks has ended (${how})`);
        this.#end(cause === undefined ? hasEnded : programError("perl", cause));
      },
    });
  }

  /** Resolves when the process is gone. Never rejects. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async make({ interfaceName, group, index, mtu, gateway, address }: NamespacePlan): Promise<HeldNamespace> {
    const answer = await this.#ask("make", [interfaceName, group, index, mtu, gateway, address]);
    const descriptor = answer[0] ?? "";
    return {
      path: `/proc/${this.#perl.pid}/fd/${descriptor}`,
      drop: async () => {
        // Only the end of the process makes this fail, and that lets go of everything.
        await this.#ask("drop", [descriptor]).catch(() => undefined);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#perl[Symbol.asyncDispose]();
  }

  async #ask(verb: string, parameters: readonly (string | number)[]): Promise<readonly string[]> {
    if (this.#failure !== null) throw this.#failure;
    const key = String(++this.#asked);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#questions.set(key, { resolve, reject });
    this.#perl.say([verb, key, ...parameters].join(" "));
    return (await promise).split(" ");
  }

  #onAnswer(line: string): void {
    const [verb, key = "", ...words] = line.split(" ");
    const question = this.#questions.get(key);
    this.#questions.delete(key);
    if (verb === "failed") question?.reject(new Error(words.join(" ")));
    else question?.resolve(words.join(" "));
  }

  #end(failure: Error): void {
    this.#failure ??= failure;
    for (const question of this.#questions.values()) question.reject(failure);
    this.#questions.clear();
    this.#ended.resolve();
  }
}
