import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Logger } from "../../../core/index.ts";
import { endWithInput } from "../end-with-input.ts";
import { programEnvironment, programError } from "./host/run-program.ts";

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
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #questions = new Map<string, Question>();
  readonly #ended = Promise.withResolvers<void>();
  #asked = 0;
  #failure: Error | null = null;

  constructor(logger: Logger) {
    // It ends by itself when its input does, and with it all namespaces without a process: also after a `kill -9` of this process.
    this.#child = spawn("perl", [script, process.arch], { env: programEnvironment, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stdin.on("error", () => undefined); // its end is told by `close`
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#onAnswer(line));
    createInterface({ input: this.#child.stderr }).on("line", (line) => {
      logger.warn({ line: line.slice(0, 500) }, "The helper that makes networks complains");
    });
    this.#child.once("error", (error) => this.#end(programError("perl", error)));
    this.#child.once("close", (code, signal) => {
      this.#end(new Error(`The helper that makes networks has ended (${signal ?? `exit code ${code}`})`));
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
      path: `/proc/${this.#child.pid}/fd/${descriptor}`,
      drop: async () => {
        // Only the end of the process makes this fail, and that lets go of everything.
        await this.#ask("drop", [descriptor]).catch(() => undefined);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#failure !== null) return;
    await endWithInput(this.#child);
    await this.ended;
  }

  async #ask(verb: string, parameters: readonly (string | number)[]): Promise<readonly string[]> {
    if (this.#failure !== null) throw this.#failure;
    const key = String(++this.#asked);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#questions.set(key, { resolve, reject });
    this.#child.stdin.write(`${[verb, key, ...parameters].join(" ")}\n`);
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
