import assert from "node:assert/strict";
import { it } from "node:test";
import { sql } from "kysely";
import { newFunctionId } from "../../core/index.ts";
import { openDatabase } from "../database/connection.ts";
import { KeptLog, openFreshStore, usageRecord } from "../store-under-test.ts";
import { dropOld, makePartitions, retentionDays } from "./partitions.ts";

const dayMs = 24 * 60 * 60 * 1_000;

it("keeps records for the retention, a partition per day, and drops what is older", async () => {
  await using tested = await openFreshStore("embedded");
  const place = { name: "under test", isDiskFull: async () => false, describeFullDisk: async () => "full" };
  const database = openDatabase({ kind: "url", url: tested.url }, place, new KeptLog());
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() };
  const { records } = tested.store;
  const now = Date.now();
  const old = usageRecord(newFunctionId(), { startedAt: now - dayMs * (retentionDays + 2) });
  const today = usageRecord(newFunctionId(), { startedAt: now });
  const early = usageRecord(newFunctionId(), { startedAt: now + dayMs * 10 });
  for (const record of [old, today, early]) records.append(record, () => undefined);
  await records.flush({ signal: AbortSignal.timeout(10_000) });

  await dropOld(database, now);
  assert.equal(await records.find(old.requestId), null);
  assert.ok(await records.find(today.requestId));

  // Its day already has a row in the default partition, and gets no partition of its own: nothing fails, nothing moves.
  await makePartitions(database, early.startedAt);
  assert.ok(await records.find(early.requestId));

  await dropOld(database, now + dayMs * (retentionDays + 2));
  assert.equal(await records.find(today.requestId), null);
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass(${`gust.usage_${new Date(now).toISOString().slice(0, 10).replaceAll("-", "")}`}) is not null as there`.execute(
    database,
  );
  assert.equal(rows[0]?.there, false);
});
