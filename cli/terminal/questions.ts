import type { Readable } from "node:stream";
import * as prompts from "@clack/prompts";
import { CommandFailure, exitCodes } from "../failure.ts";

/** Enter alone means `initialValue`. */
export function askYesNo(message: string, signal: AbortSignal, initialValue = false): Promise<boolean> {
  return ask<boolean>(signal, (common) => prompts.confirm({ ...common, message, initialValue }));
}

/** One of some names; each has a text beside it. */
export function askChoice(
  message: string,
  choices: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const options = Object.entries(choices).map(([value, hint]) => ({ value, label: value, hint }));
  return ask<string>(signal, (common) => prompts.select({ ...common, message, options }));
}

export async function askText(what: string, signal: AbortSignal): Promise<string> {
  const text = await ask<string>(signal, (common) =>
    prompts.text({ ...common, message: what, validate: needed(what) }),
  );
  return text.trim();
}

/** A text that is not shown. */
export async function askSecret(what: string, signal: AbortSignal): Promise<string> {
  const text = await ask<string>(signal, (common) =>
    prompts.password({ ...common, message: what, validate: needed(what) }),
  );
  return text.trim();
}

function needed(what: string): (value: string | undefined) => string | undefined {
  return (value) => ((value ?? "").trim() === "" ? `${what} is needed` : undefined);
}

interface Common {
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/**
 * Asks on standard error, so that results can be piped. Ctrl-C and Esc interrupt the command, as do Ctrl-D, a signal and
 * a terminal that goes away: the prompts would wait for an answer after those.
 */
async function ask<Answer>(signal: AbortSignal, prompt: (common: Common) => Promise<Answer | symbol>): Promise<Answer> {
  const { stdin, stderr } = process;
  stderr.columns ||= 80; // a terminal without a size (a serial line, some containers) says 0, and one letter a line is unreadable
  stderr.rows ||= 24;
  const ended = new AbortController();
  const unwatch = watchEnd(stdin, () => ended.abort());
  try {
    const answer = await prompt({ output: stderr, signal: AbortSignal.any([signal, ended.signal]) });
    if (typeof answer !== "symbol") return answer;
    throw new CommandFailure(exitCodes.interrupted, "Interrupted.");
  } finally {
    unwatch();
  }
}

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
}

function watchEnd(input: Readable, onEnd: () => void): () => void {
  const onKey = (_text: string | undefined, { ctrl, name }: Key): void => {
    if (ctrl === true && name === "d") onEnd();
  };
  input.on("keypress", onKey).on("end", onEnd).on("error", onEnd);
  return () => input.off("keypress", onKey).off("end", onEnd).off("error", onEnd);
}
