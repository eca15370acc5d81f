import { setTimeout } from "node:timers/promises";
import { GustApiError, type GetFunctionResponse, type GustClient } from "../../sdk/src/index.ts";
import { failed } from "../failure.ts";

export interface FunctionName {
  readonly namespace: string;
  readonly name: string;
}

/** The function as the platform has it, or null when there is none. */
export async function findFunction(
  client: GustClient,
  { namespace, name }: FunctionName,
  signal?: AbortSignal,
): Promise<GetFunctionResponse | null> {
  try {
    return await client.request("GetFunction", { FunctionName: name, Namespace: namespace }, { signal });
  } catch (error) {
    if (error instanceof GustApiError && error.code.startsWith("ResourceNotFound")) return null;
    throw error;
  }
}

const transitional = new Set(["Creating", "Updating", "Publishing", "Deleting"]);
const firstPauseMs = 15;
const longestPauseMs = 300;

interface WaitOptions {
  readonly signal: AbortSignal;
  /** It is not settled yet, after so long. */
  readonly onWaiting?: (found: GetFunctionResponse, waitedMs: number) => void;
}

/** Polls until the platform has finished what it was told to do. */
export async function waitUntilSettled(
  client: GustClient,
  target: FunctionName,
  { signal, onWaiting }: WaitOptions,
): Promise<GetFunctionResponse> {
  const since = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.3)) {
    const found = await findFunction(client, target, signal);
    if (found === null) throw failed(`${target.name} was deleted meanwhile.`);
    if (!transitional.has(found.Status)) return found;
    onWaiting?.(found, performance.now() - since);
    await pause(pauseMs, signal);
  }
}

/** Waits, or rejects as soon as the signal says so. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}
