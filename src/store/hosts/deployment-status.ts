import { sql } from "kysely";
import type { FunctionId, FunctionStatus } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { StatusReason } from "../store.ts";

/** What one host says of a revision. */
export interface HostReport {
  readonly hostId: string;
  readonly status: FunctionStatus;
  readonly reasons: readonly StatusReason[];
}

/** What follows from the reports; null: nothing yet. */
export interface Verdict {
  readonly status: FunctionStatus;
  readonly reasons: readonly StatusReason[];
}

/**
 * The status of a deployment: Active as soon as one host serves it, with what failed elsewhere as a reason; failed when every host that may serve it
 * has failed; until then what the first that is at work says.
 */
export function judge(reports: readonly HostReport[], dataHosts: readonly string[]): Verdict | null {
  const failed = reports.filter(({ status }) => status.endsWith("Failed"));
  const active = reports.filter(({ status }) => status === "Active");
  if (active.length > 0) {
    return { status: "Active", reasons: [...once(active.flatMap(({ reasons }) => reasons)), ...failed.map(elsewhere)] };
  }
  const [first] = failed;
  const hasFailed = new Set(failed.map(({ hostId }) => hostId));
  if (first !== undefined && dataHosts.every((id) => hasFailed.has(id))) {
    return { status: first.status, reasons: once(failed.flatMap(({ reasons }) => reasons)) };
  }
  const underway = reports.find((said) => !failed.includes(said));
  return underway === undefined ? null : { status: underway.status, reasons: underway.reasons };
}

function elsewhere({ hostId, reasons }: HostReport): StatusReason {
  const errorMessage = `Host ${hostId} cannot serve it: ${reasons[0]?.errorMessage ?? "it does not say why"}`;
  return { errorCode: "HostFailed", errorMessage };
}

/** Hosts mostly say the same. */
function once(reasons: readonly StatusReason[]): StatusReason[] {
  return [...new Map(reasons.map((reason) => [`${reason.errorCode} ${reason.errorMessage}`, reason])).values()];
}

/** Writes what a host says, and the status that follows. Gives that status and whether it is another than before; null: the revision is no more. */
export function report(
  database: Database,
  functionId: FunctionId,
  revision: string,
  said: HostReport,
): Promise<{ status: FunctionStatus; isNew: boolean } | null> {
  return database.transaction().execute(async (inside) => {
    const before = await lockRevision(inside, functionId, revision);
    if (before === null) return null;
    const row = { revision, status: said.status, reasons: JSON.stringify(said.reasons) };
    await inside
      .insertInto("preparations")
      .values({ function_id: functionId, host_id: said.hostId, ...row })
      .onConflict((conflict) => conflict.columns(["function_id", "host_id"]).doUpdateSet(row))
      .execute();
    const status = await settle(inside, functionId, revision, [said.hostId]);
    return { status: status ?? before, isNew: status !== null && status !== before };
  });
}

/** The deployments that are under way, each by itself: reports of hosts that are gone do not hold them up any more. */
export async function settleUnderway(database: Database): Promise<void> {
  const found = await database
    .selectFrom("functions")
    .select(["function_id", "revision"])
    .where("status", "in", ["Creating", "Updating"])
    .execute();
  for (const { function_id: id, revision } of found) {
    const functionId = id as FunctionId; // brand: written from one
    await database.transaction().execute(async (inside) => {
      if ((await lockRevision(inside, functionId, revision)) !== null) await settle(inside, functionId, revision, []);
    });
  }
}

/** Its status; null when the function has another revision by now. */
async function lockRevision(
  inside: Database,
  functionId: FunctionId,
  revision: string,
): Promise<FunctionStatus | null> {
  const query = inside.selectFrom("functions").select("status").where("function_id", "=", functionId);
  const row = await query.where("revision", "=", revision).forUpdate().executeTakeFirst();
  return row?.status ?? null;
}

async function settle(
  inside: Database,
  functionId: FunctionId,
  revision: string,
  alsoAlive: readonly string[],
): Promise<FunctionStatus | null> {
  const rows = await inside
    .selectFrom("preparations")
    .select(["host_id", "status", "reasons"])
    .where("function_id", "=", functionId)
    .where("revision", "=", revision)
    .execute();
  const reports = rows.map((row) => ({ hostId: row.host_id, status: row.status, reasons: row.reasons }));
  const alive = await inside
    .selectFrom("hosts")
    .select("id")
    .where(sql<boolean>`lease_until > ${databaseNow} and 'data' = any(roles)`)
    .execute();
  const verdict = judge(reports, [...alive.map(({ id }) => id), ...alsoAlive]);
  if (verdict === null) return null;
  const { status, reasons } = verdict;
  await inside
    .updateTable("functions")
    .set({ status, status_reasons: JSON.stringify(reasons), ...(status === "Active" ? { served: null } : {}) })
    .where("function_id", "=", functionId)
    .execute();
  return status;
}

/** Milliseconds since 1970 by the one clock that all hosts share. */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
