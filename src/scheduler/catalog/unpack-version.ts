import type { FunctionVersion, Logger, Sha256 } from "../../core/index.ts";
import type { Assignment } from "../../sandbox/index.ts";
import type { Builds } from "../builds/builds.ts";
import type { Artifacts } from "../../store/index.ts";

/** Directories on the host with what a version is made of. */
export interface UnpackedVersion extends Pick<Assignment, "codeDirectory" | "layersDirectory"> {
  /** Whether files that the platform made lie over the code. */
  readonly isOverlaid: boolean;
}

/** What is unpacked, and who hears of what is wrong with it. */
export interface UnpackParts {
  readonly artifacts: Pick<Artifacts, "merge">;
  readonly builds: Pick<Builds, "packagesOf" | "forgetLost">;
  readonly logger: Logger;
}

/** The version's code as it was built, and its layers merged in their order. */
export async function unpackVersion(
  version: FunctionVersion,
  parts: UnpackParts,
  options: { signal: AbortSignal },
): Promise<UnpackedVersion> {
  const code = await unpackCode(version, parts, options);
  const layers = version.spec.layers.map(({ sha256 }) => sha256);
  if (layers.length === 0) return code;
  return { ...code, layersDirectory: await parts.artifacts.merge(layers, options) };
}

/** What lies over a package makes it faster and nothing else: where it cannot be had, the version runs without. */
async function unpackCode(
  version: FunctionVersion,
  { artifacts, builds, logger }: UnpackParts,
  options: { signal: AbortSignal },
): Promise<UnpackedVersion> {
  const packages = builds.packagesOf(version);
  const [base, ...overlays]: readonly (Sha256 | undefined)[] = packages;
  try {
    return { codeDirectory: await artifacts.merge(packages, options), isOverlaid: overlays.length > 0 };
  } catch (error) {
    if (options.signal.aborted || base === undefined || overlays.length === 0) throw error;
    const { name, namespace } = version;
    logger.warn(
      { function: name, namespace, err: error },
      "What was built to make a function faster cannot be had; it runs without",
    );
    const codeDirectory = await artifacts.merge([base], options);
    await builds.forgetLost(version); // not to try, and say, it at each start
    return { codeDirectory, isOverlaid: false };
  }
}
