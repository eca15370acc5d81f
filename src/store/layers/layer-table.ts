import { sql, type Selectable } from "kysely";
import type { Clock, Sha256 } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { LayerFilter, LayerTable, LayerVersionRecord } from "./layer-versions.ts";

/** The versions of layers. */
export function layerTable(database: Database, clock: Clock): LayerTable {
  return {
    publish: (layer, limits) =>
      database.transaction().execute((transaction) => publish(transaction, layer, limits, clock.now())),
    find: async (name, version) => {
      const query = database.selectFrom("layer_versions").selectAll().where("name", "=", name);
      const row = await query.where("number", "=", version).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: (filter) => list(database, filter),
    versions: async (name) => {
      const query = database.selectFrom("layer_versions").selectAll().where("name", "=", name);
      return (await query.orderBy("number", "desc").execute()).map(toRecord);
    },
    delete: async (name, version) => {
      const query = database.deleteFrom("layer_versions").where("name", "=", name).where("number", "=", version);
      return (await query.executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

async function publish(
  database: Database,
  layer: Parameters<LayerTable["publish"]>[0],
  limits: { readonly layers: number; readonly versions: number },
  now: number,
): ReturnType<LayerTable["publish"]> {
  const { name } = layer;
  // Two publications at a limit must see each other.
  await sql`lock table gust.layers in share row exclusive mode`.execute(database);
  const counts = await database
    .selectFrom("layer_versions")
    .select((of) => [
      sql<number>`count(distinct name) filter (where name <> ${name})`.as("others"),
      of.fn.countAll<number>().filterWhere("name", "=", name).as("own"),
    ])
    .executeTakeFirstOrThrow();
  if (counts.others >= limits.layers) return { kind: "too-many-layers" };
  if (counts.own >= limits.versions) return { kind: "too-many-versions" };
  const { last_version: version } = await database
    .insertInto("layers")
    .values({ name, last_version: 1 })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ last_version: sql`layers.last_version + 1` }))
    .returning("last_version")
    .executeTakeFirstOrThrow();
  await insertVersion(database, layer, version, now);
  return { kind: "published", version };
}

async function insertVersion(
  database: Database,
  layer: Parameters<LayerTable["publish"]>[0],
  number: number,
  now: number,
): Promise<void> {
  await database
    .insertInto("layer_versions")
    .values({
      name: layer.name,
      number,
      description: layer.description,
      license: layer.license,
      compatible_runtimes: [...layer.compatibleRuntimes],
      tags: JSON.stringify(layer.tags),
      add_time: now,
      code_sha256: layer.codeSha256,
      code_size: layer.codeSize,
      unpacked_bytes: layer.unpackedBytes,
    })
    .execute();
}

async function list(
  database: Database,
  { nameContains, compatibleRuntime, offset, limit }: LayerFilter,
): Promise<{ total: number; layers: readonly LayerVersionRecord[] }> {
  let latest = database.selectFrom("layer_versions").selectAll().distinctOn("name");
  if (nameContains !== undefined) latest = latest.where(sql<boolean>`strpos(lower(name), lower(${nameContains})) > 0`);
  if (compatibleRuntime !== undefined) {
    latest = latest.where(sql<boolean>`${compatibleRuntime} = any(compatible_runtimes)`);
  }
  const rows = await latest.orderBy("name").orderBy("number", "desc").execute();
  const sorted = rows.map(toRecord).toSorted((a, b) => b.addTime - a.addTime || (a.name < b.name ? -1 : 1));
  return { total: sorted.length, layers: sorted.slice(offset, offset + limit) };
}

function toRecord(row: Selectable<Schema["layer_versions"]>): LayerVersionRecord {
  return {
    name: row.name,
    version: row.number,
    description: row.description,
    license: row.license,
    compatibleRuntimes: row.compatible_runtimes,
    tags: row.tags,
    addTime: row.add_time,
    codeSha256: row.code_sha256 as Sha256, // brand: written from one
    codeSize: row.code_size,
    unpackedBytes: row.unpacked_bytes,
  };
}
