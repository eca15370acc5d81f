import type { FunctionVersion } from "../../core/index.ts";
import type { Assignment } from "../../sandbox/index.ts";
import type { Artifacts } from "../../store/index.ts";

/** Directories on the host with what a version is made of. */
export type UnpackedVersion = Pick<Assignment, "codeDirectory" | "layersDirectory">;

/** The version's code, and its layers merged in their order. */
export async function unpackVersion(
  { codeSha256, spec }: FunctionVersion,
  artifacts: Pick<Artifacts, "unpack" | "merge">,
  options: { signal: AbortSignal },
): Promise<UnpackedVersion> {
  const codeDirectory = await artifacts.unpack(codeSha256, options);
  if (spec.layers.length === 0) return { codeDirectory };
  const layers = spec.layers.map(({ sha256 }) => sha256);
  return { codeDirectory, layersDirectory: await artifacts.merge(layers, options) };
}
