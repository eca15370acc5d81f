import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Logger } from "../../core/index.ts";
import { programEnvironment } from "./find-program.ts";

export interface ResidentPerlOptions {
  /** As a sentence calls it: `booter`. */
  readonly title: string;
  readonly logger: Logger;
  readonly onLine: (line: string) => void;
  /** Once, when it has ended or is given up; nothing is heard of it afterwards. `cause`: why it could not be started. */
  readonly onEnd: (how: string, cause?: Error) => void;
}

/** The host's own, whatever else is in PATH. */
export const perl = "/usr/bin/perl";

const endBoundMs = 2_000;
const longestComplaint = 500;

/**
 * A Perl program of ours that stays, and is spoken to in lines. It ends by itself when its input does: also after a `kill -9` of this process.
 *
 * running → (dispose, kill, its own death) ended
 */
export class ResidentPerl implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #options: ResidentPerlOptions;
  #hasEnded = false;

  constructor(script: string, parameters: readonly string[], options: ResidentPerlOptions) {
    const { title, logger, onLine } = options;
    this.#options = options;
    const child = spawn(perl, [script, ...parameters], {
      env: programEnvironment,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true, // a terminal's Ctrl-C is the server's to act on
    });
    this.#child = child;
    child.once("error", (error) => this.#end(error.message, error));
    child.once("exit", (code, signal) => this.#end(`exit code ${code}, signal ${signal}`));
    child.stdin.on("error", () => undefined); // its end is told by its exit
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!this.#hasEnded) onLine(line);
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      logger.warn({ line: line.slice(0, longestComplaint) }, `The ${title} complains`);
    });
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Its end is told when it has come. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Kills one that does not answer; its end is told at once. */
  giveUp(how: string): void {
    this.kill();
    this.#end(how);
  }

  /** Closes its input, and kills it when it does not end by that. Resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.stdin.end();
    const timer = setTimeout(() => this.kill(), endBoundMs);
    await exited;
    clearTimeout(timer);
  }

  #end(how: string, cause?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnd(how, cause);
  }
}
