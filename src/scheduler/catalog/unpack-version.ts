import type { FunctionVersion } from "../../core/index.ts";
import type { Assignment } from "../../sandbox/index.ts";
import type { Builds } from "../builds/builds.ts";
import type { Artifacts } from "../../store/index.ts";

/** Directories on the host with what a version is made of. */
export type UnpackedVersion = Pick<Assignment, "codeDirectory" | "layersDirectory">;

/** The version's code as it was built, and its layers merged in their order. */
export async function unpackVersion(
  version: FunctionVersion,
  artifacts: Pick<Artifacts, "merge">,
  builds: Pick<Builds, "packagesOf">,
  options: { signal: AbortSignal },
): Promise<UnpackedVersion> {
  const codeDirectory = await artifacts.merge(builds.packagesOf(version), options);
  const layers = version.spec.layers.map(({ sha256 }) => sha256);
  if (layers.length === 0) return { codeDirectory };
  return { codeDirectory, layersDirectory: await artifacts.merge(layers, options) };
}
