import { sql, type Selectable } from "kysely";
import type { Host, HostRole } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import { databaseNow, settleUnderway } from "./deployment-status.ts";
import type { HostTable } from "./host-records.ts";

/** The processes that share the database, with leases by its clock. */
export function hostTable(database: Database): HostTable {
  return {
    alive: () => alive(database),
    async renew(host, leaseMs) {
      const row = {
        roles: [...host.roles],
        internal_url: host.internalUrl,
        public_url: host.publicUrl,
        capacity: host.capacity,
        version: host.version,
        started_at: host.startedAt,
        lease_until: sql<number>`${databaseNow} + ${leaseMs}`,
      };
      await database
        .insertInto("hosts")
        .values({ id: host.id, ...row })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
        .execute();
      return alive(database);
    },
    async leave(id) {
      await database.updateTable("hosts").set({ lease_until: 0 }).where("id", "=", id).execute();
    },
    async forgetGone(goneMs) {
      const gone = await database
        .deleteFrom("hosts")
        .where(sql<boolean>`lease_until < ${databaseNow} - ${goneMs}`)
        .returning("id")
        .execute();
      const ids = gone.map(({ id }) => id);
      if (ids.length === 0) return ids;
      await database.deleteFrom("preparations").where("host_id", "in", ids).execute();
      await settleUnderway(database);
      return ids;
    },
  };
}

async function alive(database: Database): Promise<readonly Host[]> {
  const query = database
    .selectFrom("hosts")
    .selectAll()
    .where(sql<boolean>`lease_until > ${databaseNow}`);
  return (await query.orderBy("id").execute()).map(toHost);
}

function toHost(row: Selectable<Schema["hosts"]>): Host {
  return {
    id: row.id,
    roles: row.roles as HostRole[], // written from one
    internalUrl: row.internal_url,
    publicUrl: row.public_url,
    capacity: row.capacity,
    version: row.version,
    startedAt: row.started_at,
  };
}
