import { styleFor, type Style } from "./style.ts";

/** Something under way that a person sees; disposing it takes it off the screen. */
export interface Progress extends Disposable {
  /** What it is at now, e.g. `uploading 3.1 of 8.0 MB`. */
  update(text: string): void;
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 80;
/** Shorter work needs no progress. */
const patienceMs = 300;
/** How often a line is written where none can be drawn over. */
const writtenEveryMs = 5_000;

/** The progress lines at the bottom of a terminal; elsewhere a line for each thing that takes long, and further ones while it goes on. */
export class ProgressArea {
  readonly #output: Output;
  readonly #style: Style;
  readonly #lines = new Map<symbol, string>();
  #timer: NodeJS.Timeout | null = null;
  #frame = 0;
  #drawn = 0;
  #isShared = false;

  constructor(output: Output, environment: NodeJS.ProcessEnv) {
    this.#output = output;
    this.#style = styleFor(output, environment);
  }

  /** From now on another process writes to the same terminal: lines are written once and never drawn over. */
  share(): void {
    this.#isShared = true;
  }

  start(label: string): Progress {
    return this.#output.isTTY === true && !this.#isShared ? this.#startDrawn(label) : this.#startWritten(label);
  }

  /** Writes lines above the progress. */
  write(text: string): void {
    this.#clear();
    this.#output.write(text);
    if (this.#lines.size > 0 && this.#timer !== null) this.#draw();
  }

  #startDrawn(label: string): Progress {
    const id = Symbol(label);
    const appears = setTimeout(() => {
      this.#lines.set(id, `${label} …`);
      this.#timer ??= setInterval(() => this.#draw(), frameMs).unref();
    }, patienceMs).unref();
    let latest = `${label} …`;
    return {
      update: (text) => {
        latest = `${label}: ${text}`;
        if (this.#lines.has(id)) this.#lines.set(id, latest);
      },
      [Symbol.dispose]: () => {
        clearTimeout(appears);
        this.#clear();
        this.#lines.delete(id);
        if (this.#lines.size > 0 || this.#timer === null) return;
        clearInterval(this.#timer);
        this.#timer = null;
      },
    };
  }

  #startWritten(label: string): Progress {
    let latest = `${label} …`;
    let written = "";
    const write = (): void => {
      if (latest !== written) this.#output.write(`${latest}\n`);
      written = latest;
    };
    const appears = setTimeout(write, patienceMs).unref();
    const goesOn = setInterval(write, writtenEveryMs).unref();
    return {
      update: (text) => {
        latest = `${label}: ${text}`;
      },
      [Symbol.dispose]: () => {
        clearTimeout(appears);
        clearInterval(goesOn);
      },
    };
  }

  #draw(): void {
    this.#clear();
    this.#frame = (this.#frame + 1) % frames.length;
    const width = Math.max(20, (this.#output.columns || 80) - 4);
    for (const line of this.#lines.values()) {
      this.#output.write(`${this.#style.cyan(frames[this.#frame] ?? "")} ${line.slice(0, width)}\n`);
    }
    this.#drawn = this.#lines.size;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#output.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}
