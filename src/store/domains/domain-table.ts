import { sql, type Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { CustomDomain, DomainContent, DomainFilter, DomainTable } from "./custom-domains.ts";

/** The domains of users' own. */
export function domainTable(database: Database, clock: Clock): DomainTable {
  return {
    create: (domain, limit) =>
      database.transaction().execute((transaction) => create(transaction, domain, limit, clock.now())),
    update: async (domain, change) => {
      const query = database.updateTable("custom_domains").set({ ...columns(change), mod_time: clock.now() });
      return (await query.where("domain", "=", domain).executeTakeFirst()).numUpdatedRows > 0n;
    },
    find: async (domain) => {
      const query = database.selectFrom("custom_domains").selectAll().where("domain", "=", domain);
      const row = await query.executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: (filter) => list(database, filter),
    page: async (after, count) => {
      const query = database.selectFrom("custom_domains").selectAll().where("domain", ">", after);
      return (await query.orderBy("domain").limit(count).execute()).map(toRecord);
    },
    delete: async (domain) => {
      const query = database.deleteFrom("custom_domains").where("domain", "=", domain);
      return (await query.executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

async function create(
  database: Database,
  domain: DomainContent,
  limit: number,
  now: number,
): ReturnType<DomainTable["create"]> {
  // Two creations at the limit must see each other, and one that binds the domain to a service.
  await sql`lock table gust.custom_domains in share row exclusive mode`.execute(database);
  const services = database.selectFrom("api_domains").select("domain").where("domain", "=", domain.domain);
  if ((await services.executeTakeFirst()) !== undefined) return "leads-to-service";
  const inserted = await database
    .insertInto("custom_domains")
    .values({
      domain: domain.domain,
      protocol: domain.protocol,
      endpoints: JSON.stringify(domain.endpoints),
      certificate_id: domain.certificateId,
      waf: JSON.stringify(domain.waf),
      tags: JSON.stringify(domain.tags),
      add_time: now,
      mod_time: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if ((inserted.numInsertedOrUpdatedRows ?? 0n) === 0n) return "exists";
  if ((await countDomains(database)) <= limit) return "created";
  await database.deleteFrom("custom_domains").where("domain", "=", domain.domain).execute();
  return "limit";
}

async function countDomains(database: Database, names: DomainFilter["domains"] = []): Promise<number> {
  const query = database.selectFrom("custom_domains").select((of) => of.fn.countAll<number>().as("count"));
  return (await query.where(isNamed(names)).executeTakeFirstOrThrow()).count;
}

/** Whether each of the lists has the domain. */
function isNamed(lists: DomainFilter["domains"]) {
  const conditions = lists.map((names) => sql<boolean>`domain = any(${names})`);
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

async function list(
  database: Database,
  { domains, orderBy, order, offset, limit }: DomainFilter,
): ReturnType<DomainTable["list"]> {
  const rows = await database
    .selectFrom("custom_domains")
    .selectAll()
    .where(isNamed(domains))
    .orderBy(orderBy === "addTime" ? "add_time" : "mod_time", order)
    .orderBy("domain")
    .offset(offset)
    .limit(limit)
    .execute();
  return { total: await countDomains(database, domains), domains: rows.map(toRecord) };
}

function columns({ protocol, endpoints, certificateId, waf }: Parameters<DomainTable["update"]>[1]) {
  return {
    ...(protocol === undefined ? {} : { protocol }),
    ...(endpoints === undefined ? {} : { endpoints: JSON.stringify(endpoints) }),
    ...(certificateId === undefined ? {} : { certificate_id: certificateId }),
    ...(waf === undefined ? {} : { waf: JSON.stringify(waf) }),
  };
}

function toRecord(row: Selectable<Schema["custom_domains"]>): CustomDomain {
  return {
    domain: row.domain,
    protocol: row.protocol,
    endpoints: row.endpoints,
    certificateId: row.certificate_id,
    waf: row.waf,
    tags: row.tags,
    addTime: row.add_time,
    modTime: row.mod_time,
  };
}
