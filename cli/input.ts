import fs from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { explain } from "./explain.ts";
import { isMissing, usage } from "./failure.ts";

/** Text given as an argument: itself, `@file`, or `-` for standard input. */
export async function readInput(given: string, signal: AbortSignal): Promise<string> {
  if (given === "-") return text(addAbortSignal(signal, process.stdin));
  if (!given.startsWith("@")) return given;
  return fs.readFile(given.slice(1), "utf8").catch((cause: unknown) => {
    throw usage(isMissing(cause) ? `There is no file ${given.slice(1)}.` : explain(cause).message);
  });
}

/** The same, which has to be JSON. */
export async function readJsonInput(
  given: string,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly value: unknown }> {
  const read = await readInput(given, signal);
  try {
    return { text: read, value: JSON.parse(read) };
  } catch (cause) {
    throw usage(`That is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
