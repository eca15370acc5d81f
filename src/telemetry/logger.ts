import { writeSync } from "node:fs";
import pino from "pino";
import type { Logger } from "../core/index.ts";

/**
 * The platform's own log on standard error: one readable line on a terminal, JSON lines otherwise.
 * Lines are written when they are logged, so that none is lost at an exit or a crash.
 */
export function createLogger(
  level: "debug" | "info" | "warn" | "error",
  options: { readonly isTerminal: boolean; readonly write?: (text: string) => void },
): Logger {
  const write = options.write ?? writeToStandardError();
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters };
  return pino(settings, { write: options.isTerminal ? (line: string) => write(renderLine(line)) : write });
}

const formatters = { level: (label: string) => ({ level: label }) };

function writeToStandardError(): (text: string) => void {
  return (text) => {
    try {
      writeSync(2, text);
    } catch {
      // a full disk or a closed pipe: there is nowhere to say it, and it must not end the server
    }
  };
}

const colors: Record<string, string> = { error: "\x1b[31m", warn: "\x1b[33m", info: "\x1b[32m", debug: "\x1b[2m" };
const dim = "\x1b[2m";
const plain = "\x1b[0m";

/** `12:00:03 info  A function is ready  function=hello`; the stack of an error follows on lines of its own. */
function renderLine(json: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>; // pino wrote it: an object
  const name = String(level);
  const clock = String(time).slice(11, 19);
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${renderValue(value)}`);
  const tail = pairs.length === 0 ? "" : `  ${dim}${pairs.join(" ")}${plain}`;
  return `${dim}${clock}${plain} ${colors[name] ?? ""}${name.padEnd(5)}${plain} ${String(msg)}${tail}\n${renderError(err, name)}`;
}

function renderValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? "";
}

/** A person needs the stack of what failed for good; of what healed itself the sentence is enough. */
function renderError(error: unknown, level: string): string {
  if (typeof error !== "object" || error === null) return "";
  const { message, stack } = error as { message?: unknown; stack?: unknown }; // as pino's serializer leaves errors
  const text = level === "error" && typeof stack === "string" ? stack : String(message);
  return text.replaceAll(/^/gm, `         ${dim}`).replaceAll(/$/gm, plain) + "\n";
}
