import type { LayerUse, Sha256 } from "../../core/index.ts";
import { mergedName } from "../artifacts/artifact-paths.ts";
import type { Database } from "../database/connection.ts";

/**
 * Packages and trees that a function or one of its versions runs, or goes on running while a newer one does not, and the
 * packages of the layers that can be had.
 */
export async function codeInUse(database: Database): Promise<Set<Sha256>> {
  const [latest, served, published, layers] = await Promise.all([
    database.selectFrom("functions").select(["code_sha256", "layer_sha256s"]).distinct().execute(),
    database.selectFrom("functions").select("served").where("served", "is not", null).execute(),
    database.selectFrom("versions").select(["code_sha256", "layer_sha256s"]).distinct().execute(),
    database.selectFrom("layer_versions").select("code_sha256").distinct().execute(),
  ]);
  const used = new Set(layers.map((row) => row.code_sha256 as Sha256)); // brand: written by us
  const running = served.flatMap((row) => row.served ?? []);
  for (const row of [...latest, ...published, ...running.map(withLayers)]) {
    const ofLayers = row.layer_sha256s as Sha256[]; // brand: written by us
    used.add(row.code_sha256 as Sha256); // brand: written by us
    for (const sha256 of ofLayers) used.add(sha256);
    if (ofLayers.length > 1) used.add(mergedName(ofLayers));
  }
  return used;
}

function withLayers(served: { code_sha256: string; spec: { layers: readonly LayerUse[] } }): {
  code_sha256: string;
  layer_sha256s: string[];
} {
  return { code_sha256: served.code_sha256, layer_sha256s: served.spec.layers.map(({ sha256 }) => sha256) };
}
