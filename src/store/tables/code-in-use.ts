import { sql } from "kysely";
import type { Sha256 } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";

/** Packages that a function or one of its versions runs, or goes on running while a newer one does not. */
export async function codeInUse(database: Database): Promise<Set<Sha256>> {
  const [latest, served, published] = await Promise.all([
    database.selectFrom("functions").select("code_sha256").distinct().execute(),
    database
      .selectFrom("functions")
      .select(sql<string>`served ->> 'code_sha256'`.as("code_sha256"))
      .where("served", "is not", null)
      .execute(),
    database.selectFrom("versions").select("code_sha256").distinct().execute(),
  ]);
  return new Set([...latest, ...served, ...published].map((row) => row.code_sha256 as Sha256)); // brand: written by us
}
