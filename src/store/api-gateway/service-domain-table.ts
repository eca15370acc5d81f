import { sql, type Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { ServiceDomainContent, ServiceDomainRecord, ServiceDomainTable } from "./api-records.ts";

/** The domains of users' own that lead to services. */
export function serviceDomainTable(database: Database, clock: Clock): ServiceDomainTable {
  return {
    create: (domain, serviceId, content, limit) =>
      database
        .transaction()
        .execute((transaction) => create(transaction, { domain, serviceId, content, limit }, clock.now())),
    find: async (domain) => {
      const query = database.selectFrom("api_domains").selectAll().where("domain", "=", domain);
      const row = await query.executeTakeFirst();
      return row ? toServiceDomain(row) : null;
    },
    list: async (serviceId) => {
      const query = database.selectFrom("api_domains").selectAll().where("service_id", "=", serviceId);
      return (await query.orderBy("add_time").orderBy("domain").execute()).map(toServiceDomain);
    },
    update: async (domain, change) => {
      const query = database.updateTable("api_domains").set({
        content: sql`(content::jsonb || ${JSON.stringify(change)}::jsonb)::json`,
        mod_time: clock.now(),
      });
      return (await query.where("domain", "=", domain).executeTakeFirst()).numUpdatedRows > 0n;
    },
    delete: async (domain) => {
      const query = database.deleteFrom("api_domains").where("domain", "=", domain);
      return (await query.executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

interface NewDomain {
  readonly domain: string;
  readonly serviceId: string;
  readonly content: ServiceDomainContent;
  readonly limit: number;
}

async function create(
  database: Database,
  { domain, serviceId, content, limit }: NewDomain,
  now: number,
): ReturnType<ServiceDomainTable["create"]> {
  const owner = database.selectFrom("api_services").select("service_id").where("service_id", "=", serviceId);
  if ((await owner.forUpdate().executeTakeFirst()) === undefined) return "service-missing";
  // Nobody makes a custom domain of the name meanwhile.
  await sql`lock table gust.custom_domains in share mode`.execute(database);
  const custom = database.selectFrom("custom_domains").select("domain").where("domain", "=", domain);
  if ((await custom.executeTakeFirst()) !== undefined) return "leads-to-functions";
  const query = database.selectFrom("api_domains").select((of) => of.fn.countAll<number>().as("count"));
  if ((await query.where("service_id", "=", serviceId).executeTakeFirstOrThrow()).count >= limit) return "limit";
  const inserted = await database
    .insertInto("api_domains")
    .values({ domain, service_id: serviceId, content: JSON.stringify(content), add_time: now, mod_time: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) === 0n ? "exists" : "created";
}

export function toServiceDomain(row: Selectable<Schema["api_domains"]>): ServiceDomainRecord {
  const { domain, service_id: serviceId, content, add_time: addTime, mod_time: modTime } = row;
  return { domain, serviceId, ...content, addTime, modTime };
}
