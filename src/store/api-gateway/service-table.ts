import { sql, type Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { ServiceContent, ServiceRecord, ServiceTable } from "./api-records.ts";

/** The services of the API gateway. What hangs on one goes with it. */
export function serviceTable(database: Database, clock: Clock): ServiceTable {
  return {
    create: (serviceId, content, limit) =>
      database.transaction().execute((transaction) => create(transaction, { serviceId, content, limit }, clock.now())),
    find: async (serviceId) => {
      const query = database.selectFrom("api_services").selectAll().where("service_id", "=", serviceId);
      const row = await query.executeTakeFirst();
      return row ? toService(row) : null;
    },
    list: async () => {
      const query = database.selectFrom("api_services").selectAll().orderBy("add_time", "desc");
      return (await query.orderBy("service_id").execute()).map(toService);
    },
    update: async (serviceId, change) => {
      const { numUpdatedRows } = await database
        .updateTable("api_services")
        .set({
          content: sql`(content::jsonb || ${JSON.stringify(change)}::jsonb)::json`,
          mod_time: clock.now(),
        })
        .where("service_id", "=", serviceId)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    delete: (serviceId) => database.transaction().execute((transaction) => deleteService(transaction, serviceId)),
  };
}

interface NewService {
  readonly serviceId: string;
  readonly content: ServiceContent;
  readonly limit: number;
}

async function create(
  database: Database,
  { serviceId, content, limit }: NewService,
  now: number,
): ReturnType<ServiceTable["create"]> {
  await lockCreations(database);
  const query = database.selectFrom("api_services").select((of) => of.fn.countAll<number>().as("count"));
  if ((await query.executeTakeFirstOrThrow()).count >= limit) return "limit";
  await database
    .insertInto("api_services")
    .values({ service_id: serviceId, content: JSON.stringify(content), add_time: now, mod_time: now })
    .execute();
  return "created";
}

/** The newest of the content's name; made where nobody has the name. Those who ask at once get the same one. */
export async function findOrCreateService(
  database: Database,
  made: NewService,
  now: number,
): Promise<ServiceRecord | "limit"> {
  await lockCreations(database);
  const query = database.selectFrom("api_services").selectAll().orderBy("add_time", "desc").orderBy("service_id");
  const row = await query.where(sql`content::jsonb ->> 'name'`, "=", made.content.name).executeTakeFirst();
  if (row !== undefined) return toService(row);
  if ((await create(database, made, now)) === "limit") return "limit";
  return { serviceId: made.serviceId, ...made.content, addTime: now, modTime: now };
}

/**
 * Two creations at the limit, or of one name, must see each other. Changes and deletions go on: one that has locked its row, and one
 * that holds this lock and wants the row, would wait for each other.
 */
async function lockCreations(database: Database): Promise<void> {
  await sql`lock table gust.api_services in share update exclusive mode`.execute(database);
}

async function deleteService(database: Database, serviceId: string): ReturnType<ServiceTable["delete"]> {
  // The lock keeps a release from coming in between.
  const owner = database.selectFrom("api_services").select("service_id").where("service_id", "=", serviceId);
  if ((await owner.forUpdate().executeTakeFirst()) === undefined) return "missing";
  const served = database.selectFrom("api_environments").select("environment").where("service_id", "=", serviceId);
  if ((await served.executeTakeFirst()) !== undefined) return "released";
  await database.deleteFrom("api_services").where("service_id", "=", serviceId).execute();
  return "deleted";
}

export function toService(row: Selectable<Schema["api_services"]>): ServiceRecord {
  return { serviceId: row.service_id, ...row.content, addTime: row.add_time, modTime: row.mod_time };
}
