import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { Client } from "pg";
import { openFreshStore, type StoreUnderTest } from "../store-under-test.ts";
import { migrate, readMigrations, type Migration } from "./migrate.ts";

let tested: StoreUnderTest;
before(async () => void (tested = await openFreshStore("embedded")));
after(() => tested[Symbol.asyncDispose]());

const place = { name: "under test", isDiskFull: async () => false, describeFullDisk: async () => "full" };
const extra = (number: number, sql: string): Migration => ({ number, name: "extra", checksum: sql, sql });

it("refuses a database of a newer version with a sentence, and touches nothing", async () => {
  const known = await readMigrations();
  await using client = await connect(tested.url);
  await client.query("insert into gust.migrations (number, name, checksum) values ($1, 'later', 'x')", [
    known.length + 1,
  ]);
  const migrations = [...known.slice(0, -1), extra(known.length, "create table gust.never ()")];
  await assert.rejects(
    migrate({ kind: "url", url: tested.url }, place, migrations),
    new RegExp(
      `made by a newer Gust \\(migration ${known.length + 1}; this one knows 1–${known.length}\\).*--data directory`,
    ),
  );
  assert.equal(await exists(client, "gust.never"), false);
  await client.query("delete from gust.migrations where number > $1", [known.length]);
});

it("refuses a database whose history differs", async () => {
  const known = await readMigrations();
  const changed = known.map((migration) => ({ ...migration, checksum: "other" }));
  await assert.rejects(migrate({ kind: "url", url: tested.url }, place, changed), /Migration 1 \(first\).*differs/);
});

it("applies what is missing once when several processes start at the same time", async () => {
  const known = await readMigrations();
  const wanted = [...known, extra(known.length + 1, "create table once_only ()")];
  const settings = { kind: "url", url: tested.url } as const;
  await Promise.all([1, 2, 3].map(() => migrate(settings, place, wanted)));
  await using client = await connect(tested.url);
  assert.equal(await exists(client, "gust.once_only"), true);
});

it("leaves nothing of a migration that fails", async () => {
  const known = await readMigrations();
  const wanted = [
    ...known,
    extra(known.length + 1, "create table once_only ()"),
    extra(known.length + 2, "create table half (); select broken"),
  ];
  await assert.rejects(migrate({ kind: "url", url: tested.url }, place, wanted), /broken/);
  await using client = await connect(tested.url);
  assert.equal(await exists(client, "gust.half"), false);
});

async function connect(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function exists(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>("select to_regclass($1) is not null as exists", [table]);
  return rows[0]?.exists === true;
}
