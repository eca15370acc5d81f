import fs from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text as readText } from "node:stream/consumers";
import { explain } from "./explain.ts";
import { isMissing, usage } from "./failure.ts";

/** Text given as an argument: itself, `@file`, or `-` for standard input. */
export async function readInput(given: string, signal: AbortSignal): Promise<string> {
  if (given === "-") return readText(addAbortSignal(signal, process.stdin));
  if (!given.startsWith("@")) return given;
  return fs.readFile(given.slice(1), "utf8").catch((cause: unknown) => {
    throw usage(isMissing(cause) ? `There is no file ${given.slice(1)}.` : explain(cause).message);
  });
}

/** The same, which has to be JSON. */
export async function readJsonInput(given: string, signal: AbortSignal): Promise<unknown> {
  return parseJson(await readInput(given, signal));
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw usage(`That is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
