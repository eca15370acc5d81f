import type { ApiDefinition, Clock, EnvironmentName } from "../../../core/index.ts";
import type { Database } from "../../database/connection.ts";
import type { ChooseReleased, ReleaseRecord, ReleaseTable } from "../api-records.ts";
import { listApis, lockService } from "../api-table.ts";
import { dropOldReleases, keepSwitch, readHistory, readReleases } from "./release-history.ts";
import { servedReleases } from "./served-releases.ts";

/** What was released, and what each environment serves of it. */
export function releaseTable(database: Database, clock: Clock): ReleaseTable {
  return {
    release: (serviceId, release, choose) =>
      database.transaction().execute((transaction) => keepRelease(transaction, serviceId, release, choose)),
    switchTo: (serviceId, again) =>
      database
        .transaction()
        .execute((transaction) => serveAgain(transaction, serviceId, { ...again, releasedAt: clock.now() })),
    unrelease: (serviceId, environment) => unserve(database, serviceId, environment),
    list: (serviceId) => readReleases(database, serviceId),
    history: (serviceId) => readHistory(database, serviceId),
    environments: (serviceId) => readEnvironments(database, serviceId),
  };
}

/** Keeps a release and serves it, in a transaction of the caller's. */
export async function keepRelease(
  database: Database,
  serviceId: string,
  { versionName, environment, description, releasedAt }: ReleaseRecord,
  choose: ChooseReleased,
): ReturnType<ReleaseTable["release"]> {
  if (!(await lockService(database, serviceId))) return "missing";
  const apis = choose(await listApis(database, serviceId), await readServed(database, serviceId, environment));
  if (apis === null) return "unchanged";
  if (apis.length === 0) {
    await unserve(database, serviceId, environment);
    return "released";
  }
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
  await dropOldReleases(database, serviceId, environment);
  return "released";
}

async function serveAgain(
  database: Database,
  serviceId: string,
  again: ReleaseRecord,
): ReturnType<ReleaseTable["switchTo"]> {
  // Under the lock of the service: a release that is made meanwhile does not delete this one.
  if (!(await lockService(database, serviceId))) return "missing";
  const { environment, versionName, releasedAt } = again;
  const query = database.selectFrom("api_releases").select("version_name").where("service_id", "=", serviceId);
  if ((await query.where("version_name", "=", versionName).executeTakeFirst()) === undefined) return "missing";
  await serve(database, { serviceId, environment, versionName, since: releasedAt });
  await keepSwitch(database, serviceId, again);
  return "switched";
}

async function unserve(database: Database, serviceId: string, environment: EnvironmentName): Promise<boolean> {
  const query = database.deleteFrom("api_environments").where("service_id", "=", serviceId);
  return (await query.where("environment", "=", environment).executeTakeFirst()).numDeletedRows > 0n;
}

async function readServed(
  database: Database,
  serviceId: string,
  environment: EnvironmentName,
): Promise<readonly ApiDefinition[]> {
  const row = await servedReleases(database)
    .select("release.apis")
    .where("served.service_id", "=", serviceId)
    .where("served.environment", "=", environment)
    .executeTakeFirst();
  return row?.apis ?? [];
}

async function readEnvironments(database: Database, serviceId: string): ReturnType<ReleaseTable["environments"]> {
  const rows = await servedReleases(database)
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
