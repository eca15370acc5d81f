import { sql } from "kysely";
import { limits, type EnvironmentName } from "../../../core/index.ts";
import type { Database } from "../../database/connection.ts";
import type { ReleaseRecord } from "../api-records.ts";

/** What environments of a service were made to serve, by a release or back to one, the newest first. */
export async function readHistory(database: Database, serviceId: string): Promise<readonly ReleaseRecord[]> {
  const { rows } = await sql<ReleaseRecord>`
    select version_name as "versionName", environment, description, released_at as "releasedAt"
      from gust.api_releases where service_id = ${serviceId}
    union all
    select version_name, environment, description, switched_at from gust.api_switches where service_id = ${serviceId}
    order by "releasedAt" desc, "versionName" desc`.execute(database);
  return rows;
}

/** The releases of a service, the newest first; what was said when one was served again goes for it from then on. */
export async function readReleases(database: Database, serviceId: string): Promise<readonly ReleaseRecord[]> {
  const { rows } = await sql<ReleaseRecord>`
    select version_name as "versionName", environment, released_at as "releasedAt",
      coalesce((
        select again.description from gust.api_switches again
        where again.service_id = release.service_id and again.version_name = release.version_name and again.description <> ''
        order by again.switched_at desc limit 1), release.description) as description
    from gust.api_releases release where service_id = ${serviceId}
    order by released_at desc, version_name desc`.execute(database);
  return rows;
}

/** Deletes the releases of an environment beyond the newest ones, but none that an environment serves. */
export async function dropOldReleases(
  database: Database,
  serviceId: string,
  environment: EnvironmentName,
): Promise<void> {
  await sql`
    delete from gust.api_releases release using (
      select version_name from gust.api_releases where service_id = ${serviceId} and environment = ${environment}
      order by released_at desc, version_name desc offset ${limits.apiGateway.releasesPerEnvironment}
    ) old
    where release.service_id = ${serviceId} and release.version_name = old.version_name and not exists (
      select 1 from gust.api_environments served
      where served.service_id = release.service_id and served.version_name = release.version_name)`.execute(database);
}

/** Keeps that an environment serves a release again, and as many such entries as releases. */
export async function keepSwitch(
  database: Database,
  serviceId: string,
  { environment, versionName, description, releasedAt }: ReleaseRecord,
): Promise<void> {
  await database
    .insertInto("api_switches")
    .values({ service_id: serviceId, environment, version_name: versionName, description, switched_at: releasedAt })
    .execute();
  await sql`
    delete from gust.api_switches where service_id = ${serviceId} and environment = ${environment} and switched_at < (
      select min(switched_at) from (
        select switched_at from gust.api_switches where service_id = ${serviceId} and environment = ${environment}
        order by switched_at desc limit ${limits.apiGateway.releasesPerEnvironment}) newest)`.execute(database);
}
