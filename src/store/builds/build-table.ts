import type { Clock, Sha256 } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { BuildRecord, BuildTable } from "./build-records.ts";

/** What was built of code packages. */
export function buildTable(database: Database, clock: Clock): BuildTable {
  return {
    list: async () => {
      const rows = await database.selectFrom("builds").selectAll().orderBy("made_at").execute();
      return rows.map((row) => ({
        sourceSha256: row.source_sha256 as Sha256, // brand: written from one
        kind: row.kind,
        interpreter: row.interpreter,
        resultSha256: row.result_sha256 as Sha256 | null, // brand: written from one
        note: row.note,
      }));
    },
    keep: (record) => keep(database, record, clock.now()),
  };
}

async function keep(database: Database, record: BuildRecord, now: number): Promise<void> {
  const made = { result_sha256: record.resultSha256, note: record.note, made_at: now };
  await database
    .insertInto("builds")
    .values({
      source_sha256: record.sourceSha256,
      kind: record.kind,
      interpreter: record.interpreter,
      ...made,
    })
    .onConflict((conflict) => conflict.columns(["source_sha256", "kind", "interpreter"]).doUpdateSet(made))
    .execute();
}

/** So long a build is kept that nothing seems to use: the function that uses it may have been written a moment ago. */
const graceMs = 60 * 60 * 1_000;

/** Forgets what was built of packages that nothing uses any more, and what has been built anew by a later recipe. */
export async function forgetBuilds(database: Database, used: ReadonlySet<Sha256>, now: number): Promise<void> {
  const rows = await database.selectFrom("builds").select(["source_sha256", "kind"]).distinct().execute();
  const newest = new Map<string, number>();
  for (const { source_sha256: source, kind } of rows) {
    const { name, recipe } = recipeOf(kind);
    newest.set(`${source} ${name}`, Math.max(recipe, newest.get(`${source} ${name}`) ?? 0));
  }
  for (const { source_sha256: source, kind } of rows) {
    const { name, recipe } = recipeOf(kind);
    const isUsed = used.has(source as Sha256); // brand: written from one
    if (isUsed && newest.get(`${source} ${name}`) === recipe) continue;
    await database
      .deleteFrom("builds")
      .where("source_sha256", "=", source)
      .where("kind", "=", kind)
      .where("made_at", "<", now - graceMs)
      .execute();
  }
}

/** `bundle recipe-3 index` is what `bundle recipe-2 index` was. */
function recipeOf(kind: string): { readonly name: string; readonly recipe: number } {
  const [found = "", recipe = "0"] = / recipe-(\d+)/.exec(kind) ?? [];
  return { name: kind.replace(found, ""), recipe: Number(recipe) };
}
