import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { PlatformError, type Logger } from "../../../core/index.ts";
import { endWithInput } from "../end-with-input.ts";

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
  #process: ChildProcess | null = null;
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
    if (this.#process !== null) await endWithInput(this.#process);
  }

  #ask(...words: readonly string[]): Promise<void> {
    const line = [String(++this.#sequence), ...words];
    if (line.some((word) => /[\t\n]/.test(word))) {
      return Promise.reject(new PlatformError("InternalError", `A path with a tab or a newline: ${words.join(" ")}`));
    }
    const sequence = this.#sequence;
    return new Promise((resolve, reject) => {
      const child = this.#startProcess();
      const timer = setTimeout(() => this.#replace(child), this.#answerBoundMs);
      this.#pending.set(sequence, { resolve, reject, timer });
      child.stdin?.write(`${line.join("\t")}\n`);
    });
  }

  #startProcess(): ChildProcess {
    if (this.#process !== null) return this.#process;
    const child = spawn("/usr/bin/perl", [program], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
      detached: true, // a terminal's Ctrl-C is the server's to act on
    });
    this.#process = child;
    child.on("error", (error) => this.#onExit(child, error.message));
    child.on("exit", (code, signal) => this.#onExit(child, `exit code ${code}, signal ${signal}`));
    child.stdin.on("error", () => undefined); // its exit says it
    createInterface({ input: child.stdout }).on("line", (line) => this.#onLine(line));
    createInterface({ input: child.stderr }).on("line", (line) => this.#logger.warn({ line }, "The mounter complains"));
    return child;
  }

  #replace(child: ChildProcess): void {
    this.#logger.error({ boundMs: this.#answerBoundMs }, "The mounter does not answer; another one takes its place");
    child.kill("SIGKILL");
    this.#onExit(child, "it did not answer");
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

  #onExit(child: ChildProcess, how: string): void {
    if (this.#process !== child) return;
    this.#process = null;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new PlatformError("InternalError", `The mounter ended (${how})`));
    }
    this.#pending.clear();
  }
}
