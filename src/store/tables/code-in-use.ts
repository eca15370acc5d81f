import type { Sha256 } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";

/** Packages that a function or one of its versions runs. */
export async function codeInUse(database: Database): Promise<Set<Sha256>> {
  const [latest, published] = await Promise.all([
    database.selectFrom("functions").select("code_sha256").distinct().execute(),
    database.selectFrom("versions").select("code_sha256").distinct().execute(),
  ]);
  return new Set([...latest, ...published].map((row) => row.code_sha256 as Sha256)); // brand: written by us
}
