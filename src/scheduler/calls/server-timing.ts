import type { FunctionSpec, PhaseTimes } from "../../core/index.ts";

/** A variable of the function with which its owner asks for the header: 1 or true. */
const variable = "GUST_SERVER_TIMING";

/** Whether the owner of a function wants its answers to say where their time went. Asked once per revision. */
export function wantsServerTiming({ environment }: FunctionSpec): boolean {
  return environment.some(({ key, value }) => key === variable && /^(?:1|true)$/i.test(value));
}

/** The answer's own headers and a further `Server-Timing`, which stands beside one that the function has said. */
export function withServerTiming(pairs: readonly string[], times: PhaseTimes): readonly string[] {
  return [...pairs, "server-timing", serverTiming(times)];
}

/** Queue and run always, the others where there were any; milliseconds. */
export function serverTiming({ queueUs, claimUs, mountUs, initUs, thawUs, runUs }: PhaseTimes): string {
  const preparing = { claim: claimUs, mount: mountUs, init: initUs, thaw: thawUs };
  const metrics = Object.entries({ queue: queueUs, ...preparing, run: runUs });
  return metrics
    .filter(([name, us]) => us > 0 || name === "queue" || name === "run")
    .map(([name, us]) => `${name};dur=${us / 1_000}`)
    .join(", ");
}
