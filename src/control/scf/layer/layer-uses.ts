import { limits, type FunctionSpec, type LayerUse } from "../../../core/index.ts";
import type { LayerVersionRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";

/** `Layers` of a request. */
type AskedLayers = readonly { readonly LayerName: string; readonly LayerVersion: number }[];

/**
 * The layers that a function gets by `Layers`; undefined: those it has. What it has already it keeps, though the version was
 * deleted meanwhile. Throws ApiError for a layer that is not there or does not fit the function's runtime.
 */
export async function layerUses(
  asked: AskedLayers | undefined,
  { runtime, layers: own }: Pick<FunctionSpec, "runtime" | "layers">,
  context: ActionContext,
): Promise<readonly LayerUse[] | undefined> {
  if (asked === undefined) return undefined;
  const uses: LayerUse[] = [];
  for (const { LayerName: name, LayerVersion: version } of asked.filter((layer) => layer.LayerName !== "")) {
    if (uses.some((use) => use.name === name && use.version === version)) {
      throw new ApiError("InvalidParameterValue.Layers", `Layers has version ${version} of ${name} twice.`);
    }
    const kept = own.find((use) => use.name === name && use.version === version);
    uses.push(kept ?? newUse(await findLayerVersion(context, name, version), runtime));
  }
  return uses;
}

export async function findLayerVersion(
  context: ActionContext,
  name: string,
  version: number,
): Promise<LayerVersionRecord> {
  const found = isNumber(version) ? await context.store.layers.find(name, version) : null;
  if (found !== null) return found;
  const others = await context.store.layers.versions(name);
  if (others.length === 0) throw layerMissing(name);
  throw new ApiError(
    "ResourceNotFound.LayerVersion",
    `Layer ${name} has no version ${version}; ListLayerVersions tells what it has.`,
  );
}

export function layerMissing(name: string): ApiError {
  return new ApiError("ResourceNotFound.Layer", `There is no layer ${name}; ListLayers tells which there are.`);
}

/** What a column of numbers can hold. */
function isNumber(version: number): boolean {
  return version >= 1 && version < 2 ** 31;
}

/** Functions of a `-service` runtime take the layers of the plain one. */
function newUse(layer: LayerVersionRecord, runtime: string): LayerUse {
  const { name, version, compatibleRuntimes, codeSha256: sha256, unpackedBytes } = layer;
  if (compatibleRuntimes.includes(runtime.replace(/-service$/, ""))) return { name, version, sha256, unpackedBytes };
  throw new ApiError(
    "InvalidParameterValue.Layers",
    `Version ${version} of layer ${name} is for ${compatibleRuntimes.join(", ")}; the function's runtime is ${runtime}.`,
  );
}

const MiB = 1024 * 1024;

/** Throws when code and layers together are larger, unpacked, than a function may be. */
export function requireFittingSize(codeBytes: number, layers: readonly LayerUse[]): void {
  const layerBytes = layers.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0);
  if (codeBytes + layerBytes <= limits.package.unpackedBytes) return;
  const [code, ofLayers] = [codeBytes, layerBytes].map((bytes) => (bytes / MiB).toFixed(1));
  throw new ApiError(
    "InvalidParameterValue.Layers",
    `Code and layers must be at most ${limits.package.unpackedBytes / MiB} MB together, unpacked; the code has ${code} MB and the layers have ${ofLayers} MB.`,
  );
}
