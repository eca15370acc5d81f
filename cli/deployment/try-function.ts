import { z } from "zod";
import { GustApiError, type GustClient } from "../../sdk/src/index.ts";
import { withOwnPaths } from "../own-paths.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Deployed } from "./deploy-function.ts";

interface TrialOptions {
  readonly client: GustClient;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const product = { service: "gust", version: "2026-11-24" } as const;
const reply = z.object({ Outcome: z.string(), Reason: z.string(), StackTrace: z.string() });
/** Code that takes longer to load is not waited for: whoever calls will hear. */
const longestWaitMs = 15_000;
const framesShown = 3;

/**
 * What keeps a function that was just deployed from starting (a module that is not there, an export, a class), as the server finds
 * by starting it once; null where nothing is known to.
 */
export async function startProblem(
  { outcome, function: found }: Deployed,
  { client, terminal, signal }: TrialOptions,
): Promise<string | null> {
  if (outcome === "unchanged" || found.Status !== "Active") return null;
  const { FunctionName: name, Namespace: namespace } = found;
  const late = AbortSignal.timeout(longestWaitMs);
  const either = AbortSignal.any([signal, late]);
  try {
    using _ = terminal.progress(`Trying whether ${name} starts`);
    const fields = { FunctionName: name, Namespace: namespace };
    const tried = reply.parse(await client.call("TryFunction", fields, { product, signal: either }));
    if (tried.Outcome !== "Failed") return null;
    return `${name} is deployed, but does not start, so that calls of it fail: ${explain(tried)}`;
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted || isUnknown(error)) return null;
    throw error;
  }
}

function explain({ Reason: reason, StackTrace: stack }: z.output<typeof reply>): string {
  const [first = "", ...more] = reason.split("\n");
  // frames with a line of the function's own; those of Node.js say nothing
  const frames = stack.split("\n").filter((line) => /^\s+(?:at |File ).*\d/.test(line) && !line.includes("(node:"));
  const lines = [first, ...more, ...frames.slice(0, framesShown), ...installation(reason)];
  return withOwnPaths(lines.join("\n")).trimEnd();
}

/** How a package of npm comes to a function that loads it and does not have it. */
function installation(reason: string): string[] {
  const name = /Cannot find (?:module|package) '((?:@[\w.-]+\/)?\w[\w.-]*)/.exec(reason)?.[1];
  if (name === undefined) return [];
  return [
    `npm install ${name} in the function's directory mends it, with a package.json there (npm init -y): npm goes to one above otherwise.`,
  ];
}

/** A server of another version does not know the action, or the function changed meanwhile. */
function isUnknown(error: unknown): boolean {
  return error instanceof GustApiError && /^InvalidAction|^ResourceNotFound|FunctionStatusError$/.test(error.code);
}
