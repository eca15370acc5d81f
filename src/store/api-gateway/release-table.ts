import type { Clock, EnvironmentName } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { ReleaseTable } from "./api-records.ts";

/** What was released, and what each environment serves of it. */
export function releaseTable(database: Database, clock: Clock): ReleaseTable {
  return {
    release: (serviceId, release) =>
      database.transaction().execute((transaction) => keepRelease(transaction, serviceId, release)),
    switchTo: async (serviceId, environment, versionName) =>
      database.transaction().execute(async (transaction) => {
        const query = transaction.selectFrom("api_releases").select("version_name").where("service_id", "=", serviceId);
        const found = await query.where("version_name", "=", versionName).executeTakeFirst();
        if (found === undefined) return "missing";
        await serve(transaction, { serviceId, environment, versionName, since: clock.now() });
        return "switched";
      }),
    unrelease: async (serviceId, environment) => {
      const query = database.deleteFrom("api_environments").where("service_id", "=", serviceId);
      return (await query.where("environment", "=", environment).executeTakeFirst()).numDeletedRows > 0n;
    },
    list: async (serviceId) => {
      const query = database.selectFrom("api_releases").where("service_id", "=", serviceId);
      const rows = await query
        .select(["version_name as versionName", "environment", "description", "released_at as releasedAt"])
        .orderBy("released_at", "desc")
        .orderBy("version_name", "desc")
        .execute();
      return rows;
    },
    apisOf: async (serviceId, versionName) => {
      const query = database.selectFrom("api_releases").select("apis").where("service_id", "=", serviceId);
      return (await query.where("version_name", "=", versionName).executeTakeFirst())?.apis ?? null;
    },
    environments: (serviceId) => readEnvironments(database, serviceId),
  };
}

type Release = Parameters<ReleaseTable["release"]>[1];

async function keepRelease(database: Database, serviceId: string, release: Release): Promise<boolean> {
  const owner = database.selectFrom("api_services").select("service_id").where("service_id", "=", serviceId);
  if ((await owner.forUpdate().executeTakeFirst()) === undefined) return false;
  const { versionName, environment, description, releasedAt, apis } = release;
  await database
    .insertInto("api_releases")
    .values({
      service_id: serviceId,
      version_name: versionName,
      environment,
      description,
      apis: JSON.stringify(apis),
      released_at: releasedAt,
    })
    .execute();
  await serve(database, { serviceId, environment, versionName, since: releasedAt });
  return true;
}

async function readEnvironments(database: Database, serviceId: string): ReturnType<ReleaseTable["environments"]> {
  const rows = await database
    .selectFrom("api_environments as served")
    .innerJoin("api_releases as release", (join) =>
      join
        .onRef("release.service_id", "=", "served.service_id")
        .onRef("release.version_name", "=", "served.version_name"),
    )
    .select(["served.environment", "served.version_name", "served.since", "release.apis"])
    .where("served.service_id", "=", serviceId)
    .execute();
  return rows.map(({ environment, version_name: versionName, since, apis }) => {
    return { environment, versionName, since, apiIds: apis.map(({ apiId }) => apiId) };
  });
}

interface Served {
  readonly serviceId: string;
  readonly environment: EnvironmentName;
  readonly versionName: string;
  readonly since: number;
}

async function serve(database: Database, { serviceId, environment, versionName, since }: Served): Promise<void> {
  await database
    .insertInto("api_environments")
    .values({ service_id: serviceId, environment, version_name: versionName, since })
    .onConflict((conflict) =>
      conflict.columns(["service_id", "environment"]).doUpdateSet({ version_name: versionName, since }),
    )
    .execute();
}
