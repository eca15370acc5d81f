import type { Selectable } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { Binding, BindingRecord, BindingTable, BoundKind } from "./api-records.ts";

/** What is bound to which API in which environment. */
export function bindingTable(database: Database, clock: Clock): BindingTable {
  return {
    bind: (kind, bindings) =>
      database.transaction().execute((transaction) => bind(transaction, kind, bindings, clock.now())),
    unbind: (kind, bindings) =>
      database.transaction().execute(async (transaction) => {
        let count = 0n;
        for (const { objectId, serviceId, environment, apiId } of bindings) {
          const query = transaction.deleteFrom("api_bindings").where("kind", "=", kind);
          const ofService = query.where("object_id", "=", objectId).where("service_id", "=", serviceId);
          const one = ofService.where("environment", "=", environment).where("api_id", "=", apiId ?? "");
          count += (await one.executeTakeFirst()).numDeletedRows;
        }
        return Number(count);
      }),
    ofObject: async (kind, objectId) => {
      const query = database.selectFrom("api_bindings").selectAll().where("kind", "=", kind);
      return (await query.where("object_id", "=", objectId).orderBy("bound_at").execute()).map(toBinding);
    },
    ofService: async (kind, serviceId) => {
      const query = database.selectFrom("api_bindings").selectAll().where("kind", "=", kind);
      return (await query.where("service_id", "=", serviceId).orderBy("bound_at").execute()).map(toBinding);
    },
  };
}

async function bind(database: Database, kind: BoundKind, bindings: readonly Binding[], now: number): Promise<boolean> {
  if (bindings.length === 0) return true;
  // Locks, so that neither is deleted meanwhile.
  const objectIds = [...new Set(bindings.map(({ objectId }) => objectId))];
  const objects = database.selectFrom("api_objects").select("object_id").where("kind", "=", kind);
  const found = await objects.where("object_id", "in", objectIds).forShare().execute();
  const serviceIds = [...new Set(bindings.map(({ serviceId }) => serviceId))];
  const services = database.selectFrom("api_services").select("service_id").where("service_id", "in", serviceIds);
  if (found.length < objectIds.length || (await services.forShare().execute()).length < serviceIds.length) return false;
  const rows = bindings.map(({ objectId, serviceId, environment, apiId }) => {
    return { kind, object_id: objectId, service_id: serviceId, environment, api_id: apiId ?? "", bound_at: now };
  });
  await database
    .insertInto("api_bindings")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}

export function toBinding(row: Selectable<Schema["api_bindings"]>): BindingRecord {
  return {
    kind: row.kind,
    objectId: row.object_id,
    serviceId: row.service_id,
    environment: row.environment,
    apiId: row.api_id === "" ? null : row.api_id,
    boundAt: row.bound_at,
  };
}
