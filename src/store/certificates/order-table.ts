import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { sql } from "kysely";
import { newCertificateId, type Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { CertificateOrderTable, DueOrder } from "./certificate-orders.ts";
import type { Seal } from "./seal.ts";

/** Orders are rows of `certificates` that have a domain. */
export function certificateOrderTable(database: Database, clock: Clock, seal: Seal): CertificateOrderTable {
  return {
    reconcile: () => reconcile(database, clock, seal),
    claim: (leaseMs) => claim(database, clock.now(), leaseMs),
    nextDueAt: async () => {
      const at = sql<number | null>`min(greatest(due_at, leased_until))`.as("at");
      const query = database.selectFrom("certificates").select(at).where("domain", "is not", null);
      return (await query.executeTakeFirstOrThrow()).at;
    },
    obtained: async (certificateId, { chain, key, names, fingerprint, validFrom, validTo }, dueAt) => {
      const content = { chain, names: [...names], fingerprint, valid_from: validFrom, valid_to: validTo };
      const sealed = { sealed_key: seal.close(key, certificateId) };
      const order = { due_at: dueAt, attempts: 0, message: "", leased_until: 0, mod_time: clock.now() };
      const query = database.updateTable("certificates").set({ ...content, ...sealed, ...order });
      await query.where("certificate_id", "=", certificateId).execute();
    },
    failed: async (certificateId, message, dueAt) => {
      const order = { due_at: dueAt, attempts: sql<number>`attempts + 1`, message, leased_until: 0 };
      await database.updateTable("certificates").set(order).where("certificate_id", "=", certificateId).execute();
    },
    retry: async (domain) => {
      const order = { due_at: clock.now(), attempts: 0, message: "" };
      const query = database.updateTable("certificates").set(order);
      await query.where("domain", "=", domain).where("attempts", ">", 0).execute();
    },
    account: (directory) => readOrMakeAccount(database, directory, seal),
  };
}

async function claim(database: Database, now: number, leaseMs: number): Promise<DueOrder | null> {
  const due = database
    .selectFrom("certificates")
    .select("certificate_id")
    .where("domain", "is not", null)
    .where("due_at", "<=", now)
    .where("leased_until", "<=", now)
    .orderBy("due_at")
    .limit(1)
    .forUpdate()
    .skipLocked();
  const query = database.updateTable("certificates").set({ leased_until: now + leaseMs });
  const row = await query.where("certificate_id", "=", due).returningAll().executeTakeFirst();
  if (row === undefined || row.domain === null) return null;
  const { certificate_id: certificateId, domain, due_at: dueAt, attempts, message } = row;
  return { certificateId, domain, dueAt, attempts, message };
}

/** Domains, of functions and of services of the API gateway, that are to have a certificate, and name none. */
const wanted = sql`(
  select domain from gust.custom_domains where protocol <> 'HTTP' and certificate_id = ''
  union all
  select domain from gust.api_domains where content->>'protocol' <> 'http' and coalesce(content->>'certificateId', '') = '')`;

async function reconcile(database: Database, clock: Clock, seal: Seal): Promise<readonly string[]> {
  const dropped = await sql<{ certificate_id: string }>`
    delete from gust.certificates c where c.domain is not null
      and not exists (select 1 from ${wanted} d where d.domain = c.domain)
    returning certificate_id`.execute(database);
  const missing = await sql<{ domain: string }>`
    select d.domain from ${wanted} d
      where not exists (select 1 from gust.certificates c where c.domain = d.domain)`.execute(database);
  for (const { domain } of missing.rows) {
    const id = newCertificateId();
    const now = clock.now();
    await sql`
      insert into gust.certificates (certificate_id, alias, chain, sealed_key, names, fingerprint, valid_from, valid_to, tags, domain,
        due_at, attempts, message, leased_until, add_time, mod_time)
      values (${id}, ${domain}, '', ${seal.close("", id)}, ${[domain]}, '', 0, 0, '[]', ${domain},
        ${now}, 0, '', 0, ${now}, ${now})
      on conflict do nothing`.execute(database);
  }
  return dropped.rows.map((row) => row.certificate_id);
}

/** Of two processes that make one at the same time, the first one's is kept. */
async function readOrMakeAccount(database: Database, directory: string, seal: Seal) {
  const query = database.selectFrom("acme_accounts").selectAll().where("directory", "=", directory);
  if ((await query.executeTakeFirst()) === undefined) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const made = { directory, sealed_key: seal.close(key, directory), thumbprint: thumbprintOf(key) };
    const insert = database.insertInto("acme_accounts").values(made);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }
  const row = await query.executeTakeFirstOrThrow();
  return { key: seal.open(row.sealed_key, directory), thumbprint: row.thumbprint };
}

/** RFC 7638. */
function thumbprintOf(key: string): string {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}
