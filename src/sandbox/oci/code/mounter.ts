import path from "node:path";
import { PlatformError, type Logger } from "../../../core/index.ts";
import { ResidentPerl } from "../../host-programs/resident-perl.ts";

/** A process whose files are to be changed, told from a later one of the same number. */
export interface NamespaceOwner {
  readonly pid: number;
  readonly startTicks: number;
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A mount takes a millisecond, one of an image on a busy disk some more. A mounter that is silent for so long hangs, and is replaced. */
const answerBoundMs = 5_000;

const program = path.join(import.meta.dirname, "mounter.pl");

/** The server's half of mounter.pl. One process; when it dies, what is under way fails and the next request starts another. */
export class Mounter implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #answerBoundMs: number;
  readonly #pending = new Map<number, Pending>();
  #process: ResidentPerl | null = null;
  #sequence = 0;

  constructor(logger: Logger, options: { readonly answerBoundMs?: number } = {}) {
    this.#logger = logger;
    this.#answerBoundMs = options.answerBoundMs ?? answerBoundMs;
  }

  /** All of `source`, read-only, on `place`. */
  bind(source: string, place: string): Promise<void> {
    return this.#ask("bind", source, place);
  }

  mountErofs(image: string, place: string): Promise<void> {
    return this.#ask("erofs", image, place);
  }

  /** `directory` with `below` under it, as a file system that cannot be written to. */
  mountOverlay(directory: string, below: string, place: string): Promise<void> {
    return this.#ask("overlay", directory, below, place);
  }

  unmount(place: string): Promise<void> {
    return this.#ask("umount", place);
  }

  /** `source` of the host, read-only, on `place` as that process sees it. The host's own table of mounts does not grow. */
  enter(owner: NamespaceOwner, source: string, place: string): Promise<void> {
    return this.#ask("enter", String(owner.pid), String(owner.startTicks), source, place);
  }

  /** What the tmpfs on `place`, as that process sees it, may hold from now on. */
  resize(owner: NamespaceOwner, place: string, megabytes: number): Promise<void> {
    return this.#ask("resize", String(owner.pid), String(owner.startTicks), place, String(megabytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }

  #ask(...words: readonly string[]): Promise<void> {
    const line = [String(++this.#sequence), ...words];
    if (line.some((word) => /[\t\n]/.test(word))) {
      return Promise.reject(new PlatformError("InternalError", `A path with a tab or a newline: ${words.join(" ")}`));
    }
    const sequence = this.#sequence;
    return new Promise((resolve, reject) => {
      const perl = this.#startProcess();
      const timer = setTimeout(() => this.#replace(perl), this.#answerBoundMs);
      this.#pending.set(sequence, { resolve, reject, timer });
      perl.say(line.join("\t"));
    });
  }

  #startProcess(): ResidentPerl {
    this.#process ??= new ResidentPerl(program, [], {
      title: "mounter",
      logger: this.#logger,
      onLine: (line) => this.#onLine(line),
      onEnd: (how) => this.#onEnd(how),
    });
    return this.#process;
  }

  #replace(perl: ResidentPerl): void {
    this.#logger.error({ boundMs: this.#answerBoundMs }, "The mounter does not answer; another one takes its place");
    perl.giveUp("it did not answer");
  }

  #onLine(line: string): void {
    const [sequence, outcome, why] = line.split("\t");
    const pending = this.#pending.get(Number(sequence));
    if (pending === undefined) throw new Error(`the mounter answered a question that was not asked: ${line}`);
    this.#pending.delete(Number(sequence));
    clearTimeout(pending.timer);
    if (outcome === "ok") return pending.resolve();
    pending.reject(new PlatformError("InternalError", `A mount failed: ${why ?? ""}`));
  }

  #onEnd(how: string): void {
    this.#process = null;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new PlatformError("InternalError", `The mounter ended (${how})`));
    }
    this.#pending.clear();
  }
}
