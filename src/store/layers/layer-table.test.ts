import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import { systemClock, type LayerUse, type Sha256 } from "../../core/index.ts";
import { mergedName } from "../artifacts/artifact-paths.ts";
import { openDatabase, type ConnectionSettings } from "../database/connection.ts";
import { migrate, readMigrations } from "../database/migrate.ts";
import {
  databaseKinds,
  eventSpec,
  KeptLog,
  newFunction,
  openFreshStore,
  type StoreUnderTest,
} from "../store-under-test.ts";
import { catalogReader } from "../tables/catalog.ts";
import { codeInUse } from "../tables/code-in-use.ts";
import { functionTable } from "../tables/functions.ts";

const sha = (digit: string): Sha256 => digit.repeat(64) as Sha256; // brand: a made-up one
const most = { layers: 100, versions: 3 };
const layer = (name: string, digit = "a", compatibleRuntimes: readonly string[] = ["Nodejs18.15"]) => ({
  name,
  description: "a description",
  license: "Apache-2.0",
  compatibleRuntimes,
  tags: [{ Key: "owner", Value: "函数" }],
  codeSha256: sha(digit),
  codeSize: 10,
  unpackedBytes: 20,
});
const use = (name: string, digit: string): LayerUse => ({ name, version: 1, sha256: sha(digit), unpackedBytes: 20 });
const place = { name: "under test", isDiskFull: async () => false, describeFullDisk: async () => "full" };

for (const kind of databaseKinds) {
  describe(`layers on ${kind}`, () => {
    let tested: StoreUnderTest;
    before(async () => void (tested = await openFreshStore(kind)));
    after(() => tested[Symbol.asyncDispose]());

    it("are given back as they were published, and numbers are never used twice", async () => {
      const { layers } = tested.store;
      assert.deepEqual(await layers.publish(layer("one"), most), { kind: "published", version: 1 });
      assert.deepEqual(await layers.publish(layer("one", "b"), most), { kind: "published", version: 2 });
      const found = await layers.find("one", 1);
      assert.deepEqual(found, { ...layer("one"), version: 1, addTime: found?.addTime });
      assert.equal(await layers.delete("one", 2), true);
      assert.equal(await layers.delete("one", 2), false);
      assert.deepEqual(await layers.publish(layer("one", "c"), most), { kind: "published", version: 3 });
      assert.deepEqual(
        (await layers.versions("one")).map(({ version, codeSha256 }) => [version, codeSha256]),
        [
          [3, sha("c")],
          [1, sha("a")],
        ],
      );
    });

    it("get numbers of their own when they are published at the same time, up to the limits", async () => {
      const { layers } = tested.store;
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => layers.publish(layer("busy"), most)));
      const numbers = outcomes.flatMap((outcome) => (outcome.kind === "published" ? [outcome.version] : []));
      assert.deepEqual(
        numbers.toSorted((a, b) => a - b),
        [1, 2, 3],
      );
      assert.equal(outcomes.filter(({ kind: outcome }) => outcome === "too-many-versions").length, 2);
      const refused = await layers.publish(layer("another"), { layers: 1, versions: 1 });
      assert.deepEqual(refused, { kind: "too-many-layers" });
    });

    it("are listed by name and runtime, each with its latest version that fits", async () => {
      const { layers } = tested.store;
      await layers.publish(layer("Listed-a", "a", ["Python3.10"]), most);
      await layers.publish(layer("Listed-a", "b", ["Nodejs18.15"]), most);
      await layers.publish(layer("listed-b", "c", ["Python3.10", "Nodejs18.15"]), most);
      const list = async (filter: { compatibleRuntime?: string; offset?: number; limit?: number }) => {
        const page = await layers.list({ nameContains: "LISTED", offset: 0, limit: 10, ...filter });
        return [page.total, page.layers.map(({ name, version }) => `${name} ${version}`).toSorted()];
      };
      assert.deepEqual(await list({}), [2, ["Listed-a 2", "listed-b 1"]]);
      assert.deepEqual(await list({ compatibleRuntime: "Python3.10" }), [2, ["Listed-a 1", "listed-b 1"]]);
      assert.deepEqual(await list({ compatibleRuntime: "Go1" }), [0, []]);
      const page = await layers.list({ nameContains: "LISTED", offset: 1, limit: 1 });
      assert.deepEqual([page.total, page.layers.length], [2, 1]);
    });

    it("keep their content as long as they, a function or a version of one are there", async () => {
      const { functions, versions, layers } = tested.store;
      const database = openDatabase({ kind: "url", url: tested.url }, place, new KeptLog());
      const inUse = async (...packages: Sha256[]): Promise<boolean[]> => {
        const used = await codeInUse(database);
        return packages.map((sha256) => used.has(sha256));
      };
      try {
        await layers.publish(layer("content", "d"), most);
        assert.deepEqual(await inUse(sha("d"), sha("e")), [true, false]);
        const spec = { ...eventSpec, layers: [use("content", "d"), use("gone", "e")] };
        const created = newFunction("layered", { spec });
        await functions.create(created, 50);
        await versions.publish(created.functionId, "");
        await layers.delete("content", 1);
        const revision = async (): Promise<string> => (await functions.findById(created.functionId))?.revision ?? "";
        await functions.setStatus(created.functionId, await revision(), "Active", []);
        await functions.update(created.functionId, await revision(), { spec: eventSpec });
        const all = [sha("d"), sha("e"), mergedName([sha("d"), sha("e")])];
        assert.deepEqual(await inUse(...all), [true, true, true], "the version has them");
        assert.deepEqual((await versions.find(created.functionId, "1"))?.spec.layers, spec.layers);
        await versions.delete(created.functionId, "1");
        assert.deepEqual(await inUse(...all), [true, true, true], "the revision before goes on serving");
        await functions.setStatus(created.functionId, await revision(), "Active", []);
        assert.deepEqual(await inUse(...all), [false, false, false]);
      } finally {
        await database.destroy();
      }
    });
  });
}

it("functions of before there were layers have none, and stay as they were written", async () => {
  await using tested = await openFreshStore("embedded");
  const client = new Client({ connectionString: tested.url });
  await client.connect();
  const settings: ConnectionSettings = { kind: "url", url: tested.url };
  try {
    await client.query("drop schema gust cascade");
    await migrate(settings, place, (await readMigrations()).slice(0, 2));
    const { layers: _, ...spec } = { ...eventSpec, description: 'tab\t null\0 half\ud800 quote\' "spec" : { 函数 \\' };
    await client.query("insert into gust.namespaces values ('default', '', 0, 0)");
    await client.query(
      `insert into gust.functions (function_id, namespace, name, status, status_reasons, domain_label, add_time, mod_time,
        revision, spec, description, runtime, type, tags, code_sha256, code_size, served)
      values ('lam-old', 'default', 'old', 'Updating', '[]', '', 0, 0, 'r', $1, '', '', 'Event', '[]', $2, 1,
        json_build_object('revision', 'before', 'spec', $1::json, 'code_sha256', $2::text, 'code_size', 1))`,
      [JSON.stringify(spec), sha("a")],
    );
    await migrate(settings, place, await readMigrations());
    const database = openDatabase(settings, place, new KeptLog());
    const found = await functionTable(database, systemClock).find("default", "old");
    const [entry] = await catalogReader(database).loadAll();
    await database.destroy();
    assert.deepEqual(found?.spec, { ...spec, layers: [] });
    assert.deepEqual(entry?.served?.spec, { ...spec, layers: [] });
  } finally {
    await client.end();
  }
});
