// @ts-check
import { failureSaid } from "../node/process/failure.js";

const { parse } = JSON;

/**
 * An error that a program reports, in any of the forms that programs for SCF and Lambda write: JSON with the fields of
 * either, or text.
 * @param {string} kind @param {Buffer} body @param {string | undefined} typeHeader
 */
export function reportedError(kind, body, typeHeader) {
  const text = body.toString();
  const fields = parseObject(text);
  const said = textIn(fields, "errorMessage", "message", "Message", "error");
  const errorType = textIn(fields, "errorType", "type", "Type", "name") ?? typeHeader ?? "Error";
  const message = said ?? (text.trim() === "" ? "the program reported an error and said nothing of it" : text.trim());
  const stack = stackIn(fields);
  return failureSaid(kind, errorType, message, stack === "" ? `${errorType}: ${message}` : stack);
}

/**
 * A stack trace as Go's libraries give it: frames of file, line and function.
 * @param {string} heading @param {readonly unknown[]} frames
 */
export function stackOfFrames(heading, frames) {
  return [heading, ...frames.map((frame) => `    at ${frameText(frame)}`)].join("\n");
}

/** @param {string} text @returns {Record<string, unknown>} */
function parseObject(text) {
  try {
    const value = parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // then it is text
  }
}

/** @param {Record<string, unknown>} fields @param {string[]} names */
function textIn(fields, ...names) {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** @param {Record<string, unknown>} fields */
function stackIn(fields) {
  const stack = fields["stackTrace"] ?? fields["trace"] ?? fields["stack"];
  if (typeof stack === "string") return stack;
  if (!Array.isArray(stack) || stack.length === 0) return "";
  if (stack.every((line) => typeof line === "string")) return stack.map((line) => line.trimEnd()).join("\n");
  const heading = [textIn(fields, "errorType"), textIn(fields, "errorMessage")].filter((part) => part !== null);
  return stackOfFrames(heading.join(": "), stack);
}

/** @param {unknown} frame */
function frameText(frame) {
  if (typeof frame !== "object" || frame === null) return String(frame);
  const { path, line, label } = /** @type {Record<string, unknown>} */ (frame); // checked above
  return `${String(label)} (${String(path)}:${String(line)})`;
}
