import type { CommandFailure } from "../failure.ts";
import { ProgressArea, type Progress } from "./progress.ts";
import { styleFor, type Style } from "./style.ts";

/**
 * Where a command speaks. Results go to standard output; progress, notes and problems to standard error, so that
 * output can be piped. With `--json`, standard output gets one JSON document (a stream of them while something goes on).
 */
export class Terminal {
  readonly isJson: boolean;
  /** A person sits there and can be asked. */
  readonly canAsk: boolean;
  readonly style: Style;
  readonly noteStyle: Style;
  readonly #progress: ProgressArea;

  constructor(options: { readonly json: boolean }) {
    this.isJson = options.json;
    this.canAsk = process.stdin.isTTY && process.stderr.isTTY && !options.json;
    this.style = styleFor(process.stdout, process.env);
    this.noteStyle = styleFor(process.stderr, process.env);
    this.#progress = new ProgressArea(process.stderr, process.env);
  }

  /** The result of a command: a value for `--json`, a text for people. */
  result(value: unknown, text: () => string): void {
    if (this.isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
    else this.text(text());
  }

  /** Text for people on standard output; nothing with `--json`. */
  text(text: string): void {
    if (this.isJson || text === "") return;
    this.#progress.write("");
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** What a person should know beside the result. */
  note(text: string): void {
    if (!this.isJson) this.#progress.write(`${text}\n`);
  }

  warn(text: string): void {
    if (this.isJson) process.stderr.write(`${JSON.stringify({ warning: text })}\n`);
    else this.#progress.write(`${this.noteStyle.yellow("warning:")} ${text}\n`);
  }

  failure(failure: CommandFailure): void {
    const { code, requestId } = failure.details;
    if (this.isJson) {
      const error = { message: failure.message, exitCode: failure.exitCode, code, requestId };
      process.stderr.write(`${JSON.stringify({ error })}\n`);
      return;
    }
    const tail = [code, requestId].filter((part) => part !== undefined && part !== "").join(", ");
    const line = `${this.noteStyle.red("gust:")} ${failure.message}`;
    const gap = failure.message.includes("\n") ? "\n" : " ";
    this.#progress.write(`${line}${tail === "" ? "" : this.noteStyle.dim(`${gap}(${tail})`)}\n`);
  }

  /** Another process writes to this terminal too, e.g. a server in the foreground. */
  share(): void {
    this.#progress.share();
  }

  /** Shows a label while the work goes on, if it takes long enough to be seen. */
  async during<Outcome>(label: string, work: () => Promise<Outcome>): Promise<Outcome> {
    const progress = this.progress(label);
    try {
      return await work();
    } finally {
      progress[Symbol.dispose]();
    }
  }

  /** Shows that something is under way, if it takes long enough to be seen. */
  progress(label: string): Progress {
    if (this.isJson) return { update: () => undefined, [Symbol.dispose]: () => undefined };
    return this.#progress.start(label);
  }
}
