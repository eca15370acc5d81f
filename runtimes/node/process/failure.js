// @ts-check
import { inspect } from "node:util";

/** @typedef {import("../channel/call.js").Failure} Failure */

/** Where the files of this runtime are: frames in there say nothing to the author of a function. */
const runtimeRoot = new URL("../", import.meta.url);
const ownFiles = [runtimeRoot.href, decodeURIComponent(runtimeRoot.pathname)];
const causesShown = 5;
/** Characters; a failure has to fit into one frame. */
const longestName = 200;
const longestMessage = 8_192;
const longestStack = 65_536;

/**
 * A failure with a sentence of ours.
 * @param {string} kind @param {string} errorType @param {string} message
 * @returns {Failure}
 */
export function failure(kind, errorType, message) {
  return /** @type {Failure} */ ({ __proto__: null, kind, errorType, message, stackTrace: `${errorType}: ${message}` });
}

/**
 * A failure in the words of user code, whatever it says: cut to what fits.
 * @param {string} kind @param {string} errorType @param {string} message @param {string} stackTrace
 * @returns {Failure}
 */
export function failureSaid(kind, errorType, message, stackTrace) {
  return /** @type {Failure} */ ({
    __proto__: null,
    kind,
    errorType: cut(errorType, longestName),
    message: cut(message, longestMessage),
    stackTrace: cut(stackTrace, longestStack),
  });
}

/**
 * What user code threw or rejected with, whatever it is. Never throws.
 * @param {string} kind @param {unknown} thrown
 * @returns {Failure}
 */
export function failureOf(kind, thrown) {
  try {
    if (thrown instanceof Error) return ofError(kind, thrown);
    if (isErrorLike(thrown)) return ofError(kind, /** @type {Error} */ (thrown));
    const message = cut(typeof thrown === "string" ? thrown : inspect(thrown), longestMessage);
    return failure(kind, thrown === null ? "null" : typeof thrown, message);
  } catch {
    return failure(kind, "Error", "user code threw something that cannot be shown");
  }
}

/** Errors of other realms (vm, jest) are no instances of ours. @param {unknown} thrown */
function isErrorLike(thrown) {
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "stack" in thrown;
}

/** @param {string} kind @param {Error} error @returns {Failure} */
function ofError(kind, error) {
  const errorType = String(error.name || error.constructor?.name || "Error");
  return failureSaid(kind, errorType, String(error.message), stackOf(error));
}

/** @param {string} text @param {number} most */
function cut(text, most) {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;
}

/** Stack and causes as a reader of the function's code wants them. @param {Error} error */
function stackOf(error) {
  const parts = [cleanStack(error)];
  /** @type {unknown} */
  let cause = error.cause;
  for (let i = 0; i < causesShown && cause !== undefined; i++) {
    parts.push(`Caused by: ${cause instanceof Error ? cleanStack(cause) : inspect(cause)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (error instanceof AggregateError) {
    for (const one of error.errors.slice(0, causesShown)) {
      parts.push(`With: ${one instanceof Error ? cleanStack(one) : inspect(one)}`);
    }
  }
  return parts.join("\n");
}

/** @param {Error} error */
function cleanStack(error) {
  const stack = typeof error.stack === "string" ? error.stack : `${error.name}: ${error.message}`;
  const lines = stack.split("\n").filter((line) => !ownFiles.some((file) => line.includes(file)));
  const isInternal = /** @param {string} line */ (line) => /^\s+at .*\(?node:/.test(line);
  while (lines.length > 1 && isInternal(lines.at(-1) ?? "")) lines.pop();
  return lines.join("\n");
}
