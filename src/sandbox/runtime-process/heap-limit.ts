const words = /JavaScript heap out of memory|Fatal process out of memory/;
const traceHead = /^----- Native stack trace -----$/;
const traceLine = /^\s*(?:\d+: 0x[0-9a-f]+.*)?$/;
/** What a shell, the first process of a container, says of a program that ended so. */
const shellWords = /^(?:Aborted|Trace\/breakpoint trap|Illegal instruction)(?: \(core dumped\))?$/;
/** By these V8 ends its own process. */
const abortSignals: ReadonlySet<string> = new Set(["SIGABRT", "SIGTRAP", "SIGILL"]);

/**
 * Tells whether an interpreter ended itself at its own limit of memory. Every process of a box writes to the same stderr, and one that
 * user code started may say the words, too: they count only as the last words before the runtime itself aborts.
 */
export class HeapLimit {
  /** What the end of stderr is: nothing of interest, the words, or the words and (part of) one stack trace. */
  #said: "nothing" | "words" | "trace" = "nothing";

  onErrorLine(line: string): void {
    if (words.test(line)) this.#said = "words";
    else if (this.#said === "words" && traceHead.test(line)) this.#said = "trace";
    else if (!traceLine.test(line) && !shellWords.test(line)) this.#said = "nothing"; // somebody went on after them
  }

  /** `signal`: what the runtime's own process ended by. */
  isWhyEnded(signal: string | null): boolean {
    return this.#said !== "nothing" && signal !== null && abortSignals.has(signal);
  }
}
