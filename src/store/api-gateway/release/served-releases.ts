import type { Database } from "../../database/connection.ts";

/** The releases that environments serve, for the caller to select from. */
export function servedReleases(database: Database) {
  return database
    .selectFrom("api_environments as served")
    .innerJoin("api_releases as release", (join) =>
      join
        .onRef("release.service_id", "=", "served.service_id")
        .onRef("release.version_name", "=", "served.version_name"),
    );
}
