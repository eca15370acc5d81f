import { sql, type Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type {
  CertificateFilter,
  CertificateRecord,
  CertificateTable,
  KeyedCertificateRecord,
  NewCertificate,
} from "./certificates.ts";
import type { Seal } from "./seal.ts";

type Row = Selectable<Schema["certificates"]>;

/** Certificates for TLS, their private keys sealed. */
export function certificateTable(database: Database, clock: Clock, seal: Seal): CertificateTable {
  const keyed = (row: Row): KeyedCertificateRecord => ({
    ...toRecord(row),
    key: seal.open(row.sealed_key, row.certificate_id),
  });
  const issued = () => database.selectFrom("certificates").selectAll().where("chain", "<>", "");
  return {
    create: (certificate, limit) =>
      database.transaction().execute((transaction) => create(transaction, certificate, limit, { seal, clock })),
    find: async (certificateId) => {
      const query = database.selectFrom("certificates").selectAll().where("certificate_id", "=", certificateId);
      const row = await query.executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    findKeyed: async (certificateId) => {
      const row = await issued().where("certificate_id", "=", certificateId).executeTakeFirst();
      return row ? keyed(row) : null;
    },
    findByFingerprint: async (fingerprint) => {
      const row = await issued().where("fingerprint", "=", fingerprint).orderBy("add_time").executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: (filter) => list(database, filter),
    page: async (after, count) => {
      const rows = await issued().where("certificate_id", ">", after).orderBy("certificate_id").limit(count).execute();
      return rows.map(keyed);
    },
    setAlias: async (certificateId, alias) => {
      const query = database.updateTable("certificates").set({ alias, mod_time: clock.now() });
      return (await query.where("certificate_id", "=", certificateId).executeTakeFirst()).numUpdatedRows > 0n;
    },
    delete: (certificateId) =>
      database.transaction().execute((transaction) => deleteUnused(transaction, certificateId)),
  };
}

async function create(
  database: Database,
  certificate: NewCertificate,
  limit: number,
  { seal, clock }: { readonly seal: Seal; readonly clock: Clock },
): ReturnType<CertificateTable["create"]> {
  // Two creations at the limit must see each other.
  await sql`lock table gust.certificates in share row exclusive mode`.execute(database);
  const counted = await database
    .selectFrom("certificates")
    .select((of) => of.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (counted.count >= limit) return "limit";
  const now = clock.now();
  const { certificateId, alias, chain, key, names, fingerprint, validFrom, validTo, tags } = certificate;
  await database
    .insertInto("certificates")
    .values({
      certificate_id: certificateId,
      alias,
      chain,
      sealed_key: seal.close(key, certificateId),
      names: [...names],
      fingerprint,
      valid_from: validFrom,
      valid_to: validTo,
      tags: JSON.stringify(tags),
      domain: null,
      due_at: 0,
      attempts: 0,
      message: "",
      leased_until: 0,
      add_time: now,
      mod_time: now,
    })
    .execute();
  return "created";
}

async function list(database: Database, filter: CertificateFilter): ReturnType<CertificateTable["list"]> {
  const pattern = `%${filter.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  let query = database
    .selectFrom("certificates")
    .where(
      sql<boolean>`(certificate_id like ${pattern} or alias ilike ${pattern} or array_to_string(names, ' ') ilike ${pattern})`,
    );
  if (filter.ids !== null) query = query.where(sql<boolean>`certificate_id = any(${filter.ids})`);
  if (filter.source !== "all") query = query.where("domain", filter.source === "acme" ? "is not" : "is", null);
  const { count: total } = await query.select((of) => of.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll()
    .orderBy(filter.orderBy === "addTime" ? "add_time" : "valid_to", filter.order)
    .orderBy("certificate_id")
    .offset(filter.offset)
    .limit(filter.limit)
    .execute();
  return { total, certificates: rows.map(toRecord) };
}

/** Domains cannot begin to use it meanwhile. */
async function deleteUnused(database: Database, certificateId: string): ReturnType<CertificateTable["delete"]> {
  await sql`lock table gust.custom_domains, gust.api_domains in share mode`.execute(database);
  const { rows: users } = await sql<{ domain: string }>`
    select domain from gust.custom_domains where certificate_id = ${certificateId}
    union all
    select domain from gust.api_domains where content->>'certificateId' = ${certificateId}
    order by domain`.execute(database);
  if (users.length > 0) return { kind: "used", domains: users.map(({ domain }) => domain) };
  const query = database.deleteFrom("certificates").where("certificate_id", "=", certificateId);
  return { kind: (await query.executeTakeFirst()).numDeletedRows > 0n ? "deleted" : "missing" };
}

function toRecord(row: Row): CertificateRecord {
  const { domain, due_at: dueAt, attempts, message } = row;
  return {
    certificateId: row.certificate_id,
    alias: row.alias,
    chain: row.chain,
    names: row.names,
    fingerprint: row.fingerprint,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    tags: row.tags,
    order: domain === null ? null : { domain, dueAt, attempts, message },
    addTime: row.add_time,
    modTime: row.mod_time,
  };
}
