import type { Logger, Sha256 } from "../core/index.ts";
import type { Artifacts } from "./artifacts/artifacts.ts";

const everyMs = 60 * 60 * 1_000;

/**
 * Removes packages that nothing runs any more, soon after the start and then hourly. What was in use an hour ago
 * stays for one more round, because instances of a replaced revision may still read from it.
 */
export function keepCodeCollected(
  artifacts: Artifacts,
  codeInUse: () => Promise<Set<Sha256>>,
  logger: Logger,
): AsyncDisposable {
  const stop = new AbortController();
  let before: ReadonlySet<Sha256> = new Set();
  const collect = async (): Promise<void> => {
    try {
      const used = await codeInUse();
      const freedBytes = await artifacts.collect(used.union(before), { signal: stop.signal });
      before = used;
      if (freedBytes > 0) logger.info({ freedBytes }, "Removed code packages that nothing runs any more");
    } catch (error) {
      if (!stop.signal.aborted)
        logger.warn({ err: error }, "Unused code could not be removed; trying again in an hour");
    }
  };
  let running = collect();
  const timer = setInterval(() => {
    running = collect();
  }, everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stop.abort();
      await running;
    },
  };
}
