import { sql } from "kysely";
import type { PublishedService } from "../../../core/index.ts";
import type { Seal } from "../../certificates/seal.ts";
import type { Database } from "../../database/connection.ts";
import type { ApiObjectContents, PlanKey, ServiceRecord, TokenCheck } from "../api-records.ts";
import { openContent } from "../object-table.ts";
import { servedReleases } from "../release/served-releases.ts";
import { toBinding } from "../binding-table.ts";
import { publishService } from "./publish-service.ts";
import type { ObjectsByKind, ServedRelease, WrittenServices } from "./written-services.ts";
import { toServiceDomain } from "../service-domain-table.ts";
import { toService } from "../service-table.ts";

/** Services as the listeners need them; null: all of them. */
export async function loadPublished(
  database: Database,
  seal: Seal,
  serviceIds: readonly string[] | null,
): Promise<readonly PublishedService[]> {
  // One view of all tables: a plan that is bound meanwhile is there with its keys, or not at all.
  return database
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (transaction) => {
      const services = await readServices(transaction, serviceIds);
      if (services.length === 0) return [];
      const written = await readWritten(
        transaction,
        seal,
        services.map(({ serviceId }) => serviceId),
      );
      return services.map((service) => publishService(service, written));
    });
}

async function readServices(database: Database, ids: readonly string[] | null): Promise<readonly ServiceRecord[]> {
  const query = database.selectFrom("api_services").selectAll();
  const rows = await (ids === null ? query : query.where("service_id", "in", ids)).execute();
  return rows.map(toService);
}

async function readWritten(database: Database, seal: Seal, ids: readonly string[]): Promise<WrittenServices> {
  const bindingRows = await database.selectFrom("api_bindings").selectAll().where("service_id", "in", ids).execute();
  const bindings = bindingRows.map(toBinding);
  const planIds = bindings.filter(({ kind }) => kind === "plan").map(({ objectId }) => objectId);
  const planKeys = planIds.length === 0 ? [] : await readPlanKeys(database, planIds);
  const objectIds = [...bindings.map(({ objectId }) => objectId), ...planKeys.map(({ secretId }) => secretId)];
  return {
    releases: await readReleases(database, ids),
    apis: await readApis(database, ids),
    limits: await database.selectFrom("api_limits").selectAll().where("service_id", "in", ids).execute(),
    domains: (await database.selectFrom("api_domains").selectAll().where("service_id", "in", ids).execute()).map(
      toServiceDomain,
    ),
    bindings,
    planKeys,
    objects: await readObjects(database, seal, [...new Set(objectIds)]),
  };
}

async function readApis(database: Database, ids: readonly string[]): Promise<WrittenServices["apis"]> {
  const oauth = sql<TokenCheck | null>`content->'oauth'`.as("oauth");
  const rows = await database.selectFrom("apis").select(["api_id", oauth]).where("service_id", "in", ids).execute();
  return new Map(rows.map((row) => [row.api_id, row.oauth]));
}

function readPlanKeys(database: Database, planIds: readonly string[]): Promise<readonly PlanKey[]> {
  const query = database.selectFrom("api_plan_keys").where("plan_id", "in", planIds);
  return query.select(["plan_id as planId", "secret_id as secretId", "requests"]).execute();
}

function readReleases(database: Database, ids: readonly string[]): Promise<readonly ServedRelease[]> {
  return servedReleases(database)
    .select(["served.service_id as serviceId", "served.environment", "served.version_name as versionName"])
    .select("release.apis")
    .where("served.service_id", "in", ids)
    .execute();
}

async function readObjects(database: Database, seal: Seal, ids: readonly string[]): Promise<ObjectsByKind> {
  const rows =
    ids.length === 0
      ? []
      : await database.selectFrom("api_objects").selectAll().where("object_id", "in", ids).execute();
  const of = <Kind extends keyof ApiObjectContents>(kind: Kind) => {
    const ofKind = rows.filter((row) => row.kind === kind);
    return new Map(ofKind.map((row) => [row.object_id, openContent(row, kind, seal)]));
  };
  return {
    plan: of("plan"),
    key: of("key"),
    "ip-strategy": of("ip-strategy"),
    plugin: of("plugin"),
    app: of("app"),
  };
}
