import fs from "node:fs/promises";
import { usage } from "./failure.ts";

/** Text given as an argument: itself, `@file`, or `-` for standard input. */
export async function readInput(given: string): Promise<string> {
  if (given === "-") {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString();
  }
  if (!given.startsWith("@")) return given;
  return fs.readFile(given.slice(1), "utf8").catch((cause: unknown) => {
    throw usage(`${given.slice(1)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
}

/** The same, which has to be JSON. */
export async function readJsonInput(given: string): Promise<{ readonly text: string; readonly value: unknown }> {
  const text = await readInput(given);
  try {
    return { text, value: JSON.parse(text) };
  } catch (cause) {
    throw usage(`That is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
