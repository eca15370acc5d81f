import type { LayerUse, Sha256 } from "../../core/index.ts";
import { mergedName } from "../artifacts/artifact-paths.ts";
import type { Database } from "../database/connection.ts";

/**
 * Packages and trees that a function or one of its versions runs, or goes on running while a newer one does not, and the
 * packages of the layers that can be had; with what was built of them.
 */
export async function codeInUse(database: Database): Promise<Set<Sha256>> {
  const [latest, served, published, layers, builds] = await Promise.all([
    database.selectFrom("functions").select(["code_sha256", "layer_sha256s"]).distinct().execute(),
    database.selectFrom("functions").select("served").where("served", "is not", null).execute(),
    database.selectFrom("versions").select(["code_sha256", "layer_sha256s"]).distinct().execute(),
    database.selectFrom("layer_versions").select("code_sha256").distinct().execute(),
    database.selectFrom("builds").select(["source_sha256", "result_sha256"]).execute(),
  ]);
  const used = new Set(layers.map((row) => row.code_sha256 as Sha256)); // brand: written by us
  const running = served.flatMap((row) => row.served ?? []);
  for (const row of [...latest, ...published, ...running.map(withLayers)]) {
    const ofLayers = row.layer_sha256s as Sha256[]; // brand: written by us
    used.add(row.code_sha256 as Sha256); // brand: written by us
    for (const sha256 of ofLayers) used.add(sha256);
    if (ofLayers.length > 1) used.add(mergedName(ofLayers));
  }
  addBuilt(
    used,
    Map.groupBy(builds, (row) => row.source_sha256),
  );
  return used;
}

/** Of what is used, what was built of it, and so on: a build may be of the result of another, and is laid over it. */
function addBuilt(
  used: Set<Sha256>,
  builds: ReadonlyMap<string, readonly { readonly result_sha256: string | null }[]>,
): void {
  for (const source of used) {
    for (const { result_sha256: made } of builds.get(source) ?? []) {
      const result = made as Sha256 | null; // brand: written by us
      if (result !== null) used.add(result).add(mergedName([source, result]));
    }
  }
}

function withLayers(served: { code_sha256: string; spec: { layers: readonly LayerUse[] } }): {
  code_sha256: string;
  layer_sha256s: string[];
} {
  return { code_sha256: served.code_sha256, layer_sha256s: served.spec.layers.map(({ sha256 }) => sha256) };
}
