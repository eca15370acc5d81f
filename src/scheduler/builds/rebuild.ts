import type { FunctionVersion, Logger } from "../../core/index.ts";
import type { Builds } from "./builds.ts";

export interface RebuildParts {
  readonly builds: Pick<Builds, "lacksBuild" | "prepare">;
  readonly isServed: (version: FunctionVersion) => boolean;
  /** Does ahead what the next start would have to. */
  readonly makeReady: (version: FunctionVersion, options: { signal: AbortSignal }) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Builds anew what served versions have lost, or have of an older recipe only: published ones are never deployed again, and would stay as slow as
 * an upgrade made them. One at a time, in the turns and with the weight of all builds. Never rejects.
 */
export async function rebuild(
  versions: readonly FunctionVersion[],
  { builds, isServed, makeReady, logger }: RebuildParts,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  for (const version of versions) {
    if (signal.aborted) return;
    try {
      if (!isServed(version) || !(await builds.lacksBuild(version))) continue;
      await builds.prepare(version, { signal, tell: () => undefined });
      await makeReady(version, { signal });
    } catch (error) {
      if (signal.aborted) return;
      const { name, namespace } = version;
      logger.warn(
        { function: name, namespace, version: version.version, err: error },
        "What a function lost could not be built again",
      );
    }
  }
}
