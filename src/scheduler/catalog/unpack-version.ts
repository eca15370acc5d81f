import type { FunctionVersion } from "../../core/index.ts";
import type { Assignment } from "../../sandbox/index.ts";
import type { Builds } from "../builds/builds.ts";
import type { Artifacts } from "../../store/index.ts";

/** Directories on the host with what a version is made of. */
export interface UnpackedVersion extends Pick<Assignment, "codeDirectory" | "layersDirectory"> {
  /** Whether files that the platform made lie over the code. */
  readonly isOverlaid: boolean;
}

/** The version's code as it was built, and its layers merged in their order. */
export async function unpackVersion(
  version: FunctionVersion,
  artifacts: Pick<Artifacts, "merge">,
  builds: Pick<Builds, "packagesOf">,
  options: { signal: AbortSignal },
): Promise<UnpackedVersion> {
  const packages = builds.packagesOf(version);
  const isOverlaid = packages.length > 1;
  const codeDirectory = await artifacts.merge(packages, options);
  const layers = version.spec.layers.map(({ sha256 }) => sha256);
  if (layers.length === 0) return { codeDirectory, isOverlaid };
  return { codeDirectory, isOverlaid, layersDirectory: await artifacts.merge(layers, options) };
}
