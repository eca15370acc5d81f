import type { Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { ApiContent, ApiRecord, ApiTable } from "./api-records.ts";

/** The APIs of services, as they are edited. */
export function apiTable(database: Database, clock: Clock): ApiTable {
  return {
    create: (api, limit) =>
      database.transaction().execute((transaction) => createApi(transaction, api, limit, clock.now())),
    find: async (serviceId, apiId) => {
      const query = database.selectFrom("apis").selectAll().where("api_id", "=", apiId);
      const row = await query.where("service_id", "=", serviceId).executeTakeFirst();
      return row ? toApi(row) : null;
    },
    list: (serviceId) => listApis(database, serviceId),
    update: (apiId, route, content) =>
      database.transaction().execute((transaction) => updateApi(transaction, apiId, route, content, clock.now())),
    delete: (apiId) => database.transaction().execute((transaction) => deleteApi(transaction, apiId)),
  };
}

export async function listApis(database: Database, serviceId: string): Promise<readonly ApiRecord[]> {
  const query = database.selectFrom("apis").selectAll().where("service_id", "=", serviceId);
  return (await query.orderBy("add_time", "desc").orderBy("api_id").execute()).map(toApi);
}

/** Makes an API, in a transaction of the caller's. */
export async function createApi(
  database: Database,
  { apiId, serviceId, route, content }: Parameters<ApiTable["create"]>[0],
  limit: number,
  now: number,
): ReturnType<ApiTable["create"]> {
  if (!(await lockService(database, serviceId))) return "service-missing";
  if (await hasRoute(database, serviceId, route, apiId)) return "conflict";
  const query = database.selectFrom("apis").select((of) => of.fn.countAll<number>().as("count"));
  if ((await query.where("service_id", "=", serviceId).executeTakeFirstOrThrow()).count >= limit) return "limit";
  const row = { api_id: apiId, service_id: serviceId, route, content: JSON.stringify(content) };
  await database
    .insertInto("apis")
    .values({ ...row, add_time: now, mod_time: now })
    .execute();
  return "created";
}

/** Changes an API, in a transaction of the caller's. */
export async function updateApi(
  database: Database,
  apiId: string,
  route: string,
  content: ApiContent,
  now: number,
): ReturnType<ApiTable["update"]> {
  const query = database.selectFrom("apis").select("service_id").where("api_id", "=", apiId);
  const found = await query.executeTakeFirst();
  if (found === undefined) return "missing";
  if (!(await lockService(database, found.service_id))) return "missing";
  if (await hasRoute(database, found.service_id, route, apiId)) return "conflict";
  const updated = await database
    .updateTable("apis")
    .set({ route, content: JSON.stringify(content), mod_time: now })
    .where("api_id", "=", apiId)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n ? "updated" : "missing";
}

/** Lets changes of one service's APIs see each other; false: the service is not there. */
export async function lockService(database: Database, serviceId: string): Promise<boolean> {
  const query = database.selectFrom("api_services").select("service_id").where("service_id", "=", serviceId);
  return (await query.forUpdate().executeTakeFirst()) !== undefined;
}

async function hasRoute(database: Database, serviceId: string, route: string, besides: string): Promise<boolean> {
  const query = database.selectFrom("apis").select("api_id").where("service_id", "=", serviceId);
  const named = query.where("route", "=", route).where("api_id", "!=", besides);
  return (await named.executeTakeFirst()) !== undefined;
}

/** What is bound to it and limits it goes with it. */
async function deleteApi(database: Database, apiId: string): Promise<boolean> {
  await database.deleteFrom("api_bindings").where("api_id", "=", apiId).execute();
  await database.deleteFrom("api_limits").where("api_id", "=", apiId).execute();
  const deleted = await database.deleteFrom("apis").where("api_id", "=", apiId).executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

function toApi(row: Selectable<Schema["apis"]>): ApiRecord {
  const { api_id: apiId, service_id: serviceId, content, add_time: addTime, mod_time: modTime } = row;
  return { apiId, serviceId, ...content, addTime, modTime };
}
