import { sql, type Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Seal } from "../certificates/seal.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { ApiObject, ApiObjectContents, ApiObjectTable } from "./api-records.ts";

/** What can be bound to APIs, one kind of it: usage plans, address lists, plugins, applications; and the keys of plans. */
export function apiObjectTable<Kind extends keyof ApiObjectContents>(
  database: Database,
  clock: Clock,
  seal: Seal,
  kind: Kind,
): ApiObjectTable<ApiObjectContents[Kind]> {
  const rows = () => database.selectFrom("api_objects").selectAll().where("kind", "=", kind);
  const toObject = (row: Selectable<Schema["api_objects"]>): ApiObject<ApiObjectContents[Kind]> => ({
    id: row.object_id,
    content: openContent(row, kind, seal),
    addTime: row.add_time,
    modTime: row.mod_time,
  });
  return {
    create: (id, content, limit) =>
      database
        .transaction()
        .execute((transaction) =>
          create(transaction, { kind, id, content: closeContent(content, kind, id, seal), limit }, clock.now()),
        ),
    find: async (id) => {
      const row = await rows().where("object_id", "=", id).executeTakeFirst();
      return row ? toObject(row) : null;
    },
    list: async () => (await rows().orderBy("add_time", "desc").orderBy("object_id").execute()).map(toObject),
    update: async (id, change) => {
      const query = database.updateTable("api_objects").set({
        content: sql`(content::jsonb || ${JSON.stringify(closeContent(change, kind, id, seal))}::jsonb)::json`,
        mod_time: clock.now(),
      });
      const updated = await query.where("kind", "=", kind).where("object_id", "=", id).executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },
    delete: (id) => database.transaction().execute((transaction) => deleteObject(transaction, kind, id)),
  };
}

async function deleteObject(database: Database, kind: keyof ApiObjectContents, id: string): Promise<boolean> {
  if (kind === "plan" || kind === "key") {
    const column = kind === "plan" ? "plan_id" : "secret_id";
    await database.deleteFrom("api_plan_keys").where(column, "=", id).execute();
  }
  const query = database.deleteFrom("api_objects").where("kind", "=", kind).where("object_id", "=", id);
  return (await query.executeTakeFirst()).numDeletedRows > 0n;
}

/** Fields that nobody reads in a row. */
const secretFields: Readonly<Partial<Record<keyof ApiObjectContents, string>>> = { key: "secretKey", app: "secret" };

/** As it is written: with what is secret sealed for this row. */
function closeContent<Content extends object>(
  content: Content,
  kind: keyof ApiObjectContents,
  id: string,
  seal: Seal,
): Content {
  const field = secretFields[kind];
  const secret: unknown = field === undefined ? undefined : Object(content)[field];
  if (field === undefined || typeof secret !== "string") return content;
  return { ...content, [field]: seal.close(secret, `${kind} ${id}`).toString("base64") };
}

/** What was written, as it was given. */
export function openContent<Kind extends keyof ApiObjectContents>(
  { object_id: id, content }: Pick<Selectable<Schema["api_objects"]>, "object_id" | "content">,
  kind: Kind,
  seal: Seal,
): ApiObjectContents[Kind] {
  const written = content as ApiObjectContents[Kind]; // its kind says which: written by `create`
  const field = secretFields[kind];
  if (field === undefined) return written;
  const secret = Buffer.from(String(Object(written)[field]), "base64");
  return { ...written, [field]: seal.open(secret, `${kind} ${id}`) };
}

interface NewObject {
  readonly kind: keyof ApiObjectContents;
  readonly id: string;
  readonly content: object;
  readonly limit: number;
}

async function create(
  database: Database,
  { kind, id, content, limit }: NewObject,
  now: number,
): Promise<"created" | "exists" | "limit"> {
  // Two creations at the limit must see each other.
  await sql`lock table gust.api_objects in share row exclusive mode`.execute(database);
  const ofKind = database.selectFrom("api_objects").where("kind", "=", kind);
  const same = await ofKind.select("object_id").where("object_id", "=", id).executeTakeFirst();
  if (same !== undefined) return "exists";
  const { count } = await ofKind.select((of) => of.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
  if (count >= limit) return "limit";
  await database
    .insertInto("api_objects")
    .values({ kind, object_id: id, content: JSON.stringify(content), add_time: now, mod_time: now })
    .execute();
  return "created";
}
