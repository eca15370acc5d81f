import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Sha256 } from "../../core/index.ts";
import { mergedName } from "../artifacts/artifact-paths.ts";
import { openDatabase, type Database } from "../database/connection.ts";
import { KeptLog, newFunction, openFreshStore, type StoreUnderTest } from "../store-under-test.ts";
import { codeInUse } from "../tables/code-in-use.ts";
import { buildTable, forgetBuilds } from "./build-table.ts";

const sha = (digit: string): Sha256 => digit.repeat(64) as Sha256; // brand: a made-up one
const build = (source: string, kind: string, result: string | null) => ({
  sourceSha256: sha(source),
  kind,
  interpreter: "node 26.10.0 x64",
  resultSha256: result === null ? null : sha(result),
  note: "",
});
const place = { name: "under test", isDiskFull: async () => false, describeFullDisk: async () => "full" };
const hour = 60 * 60 * 1_000;

describe("builds", () => {
  let tested: StoreUnderTest;
  let database: Database;
  before(async () => {
    tested = await openFreshStore("embedded");
    database = openDatabase({ kind: "url", url: tested.url }, place, new KeptLog());
  });
  after(async () => {
    await database.destroy();
    await tested[Symbol.asyncDispose]();
  });

  it("are kept with what uses their source, what was built of them too, and forgotten an hour after", async () => {
    const clock = { at: Date.now(), now: () => clock.at, monotonic: () => clock.at };
    const builds = buildTable(database, clock);
    await builds.keep(build("1", "install", "2"));
    await builds.keep(build("2", "bundle", "3"));
    await builds.keep(build("4", "install", null));
    assert.equal((await codeInUse(database)).has(sha("2")), false);
    const created = newFunction("built", { codeSha256: sha("1") });
    await tested.store.functions.create(created, 50);
    const used = await codeInUse(database);
    const all = [sha("1"), sha("2"), sha("3"), mergedName([sha("2"), sha("3")])];
    assert.deepEqual(
      all.map((sha256) => used.has(sha256)),
      [true, true, true, true],
    );
    await forgetBuilds(database, new Set(), clock.at + hour);
    assert.equal((await builds.list()).length, 3, "one that is new may be of a function that is just written");
    clock.at += 2 * hour;
    await builds.keep(build("4", "install", "5"));
    await forgetBuilds(database, used, clock.at);
    assert.deepEqual(await builds.list(), [
      build("1", "install", "2"),
      build("2", "bundle", "3"),
      build("4", "install", "5"),
    ]);
    clock.at += 2 * hour;
    await forgetBuilds(database, used, clock.at);
    assert.equal((await builds.list()).length, 2);
    const kinds = ["bundle recipe-9 index", "bundle recipe-10 index", "bundle recipe-9 other"];
    for (const kind of kinds) await builds.keep(build("1", kind, "6"));
    await forgetBuilds(database, used, clock.at + 2 * hour);
    const left = (await builds.list()).map(({ kind }) => kind);
    assert.deepEqual(left.toSorted(), ["bundle", "bundle recipe-10 index", "bundle recipe-9 other", "install"]);
  });
});
