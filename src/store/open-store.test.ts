import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PlatformError, newFunctionId, systemClock, type FunctionId } from "../core/index.ts";
import { EncodedLines } from "./logs/encoded-lines.ts";
import { startNetworkServer } from "./network-server-under-test.ts";
import { openStore } from "./open-store.ts";
import {
  databaseKinds,
  eventSpec,
  KeptLog,
  newEvent,
  newFunction,
  openFreshStore,
  temporaryDirectory,
  usageRecord,
  type StoreUnderTest,
} from "./store-under-test.ts";
import type { FunctionFilter, RecordFilter, Store } from "./store.ts";

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(10_000) });
const everything: FunctionFilter = { namespace: "default", orderBy: "name", order: "asc", offset: 0, limit: 100 };

for (const kind of databaseKinds) {
  describe(`store on ${kind}`, () => {
    let tested: StoreUnderTest;
    let store: Store;
    before(async () => {
      tested = await openFreshStore(kind);
      store = tested.store;
    });
    after(() => tested[Symbol.asyncDispose]());

    it("makes the account once, in the documented form", async () => {
      const { appId, uin, secretId, secretKey } = store.account;
      assert.match(appId, /^125\d{7}$/);
      assert.match(uin, /^1000\d{8}$/);
      assert.match(secretId, /^AKID[A-Za-z0-9]{32}$/);
      assert.match(secretKey, /^[A-Za-z0-9]{32}$/);
      await using again = await openOther(tested);
      assert.deepEqual(again.account, store.account);
      assert.equal(store.tokenKey.length, 32);
      assert.deepEqual(again.tokenKey, store.tokenKey, "tokens outlive a restart");
    });

    it("keeps namespaces up to the limit, and deletes only empty ones", async () => {
      assert.equal((await store.namespaces.find("default"))?.name, "default");
      assert.equal(await store.namespaces.create("second", "a description", 2), "created");
      assert.equal(await store.namespaces.create("second", "", 2), "exists");
      assert.equal(await store.namespaces.create("third", "", 2), "limit");
      assert.equal(await store.namespaces.update("second", "another"), true);
      assert.equal((await store.namespaces.find("second"))?.description, "another");
      await store.functions.create(newFunction("tenant", { namespace: "second" }), 50);
      assert.equal(await store.namespaces.delete("second"), "not-empty");
      const tenant = await store.functions.find("second", "tenant");
      assert.equal(await store.functions.delete(tenant?.functionId ?? newFunctionId()), true);
      assert.equal(await store.namespaces.delete("second"), "deleted");
      assert.equal(await store.namespaces.delete("second"), "missing");
    });

    it("lets only as many concurrent creations through as the limit allows", async () => {
      await store.namespaces.create("crowded", "", 10);
      const names = Array.from({ length: 12 }, (_, index) => `crowd-${index}`);
      const outcomes = await Promise.all(
        names.map((name) => store.functions.create(newFunction(name, { namespace: "crowded" }), 5)),
      );
      assert.equal(outcomes.filter((outcome) => outcome === "created").length, 5);
      assert.equal(outcomes.filter((outcome) => outcome === "limit").length, 7);
      assert.equal((await store.functions.countByNamespace()).get("crowded"), 5);
    });

    it("gives a function back as it was written, whatever text it holds", async () => {
      const hostile = "tab\t null\0 half\ud800 quote' 函数 \\";
      const spec = {
        ...eventSpec,
        description: hostile,
        kept: { Tags: [{ Key: "owner", Value: hostile }], b: 1, a: 2 },
      };
      const created = newFunction("hostile", { spec });
      assert.equal(await store.functions.create(created, 50), "created");
      assert.equal(await store.functions.create(newFunction("hostile"), 50), "exists");
      assert.equal(await store.functions.create(newFunction("x", { namespace: "nowhere" }), 50), "namespace-missing");
      const found = await store.functions.findById(created.functionId);
      assert.deepEqual(found?.spec, spec);
      assert.equal(found?.status, "Creating");
      const tagged = { ...everything, tags: [{ key: "owner", values: [hostile, "other"] }] };
      assert.deepEqual(
        (await store.functions.list(tagged)).functions.map(({ name }) => name),
        ["hostile"],
      );
      assert.equal((await store.functions.list({ ...everything, nameContains: "OSTI" })).total, 1);
      assert.equal((await store.functions.list({ ...everything, nameContains: "%" })).total, 0);
      assert.equal((await store.functions.list({ ...everything, status: ["Active"], nameContains: "host" })).total, 0);
    });

    it("updates a revision once, and refuses whoever read an older one", async () => {
      const created = newFunction("revised");
      await store.functions.create(created, 50);
      const first = await store.functions.find("default", "revised");
      assert.ok(first);
      const change = { spec: { ...eventSpec, memoryMb: 256 } };
      assert.equal(await store.functions.update(created.functionId, first.revision, change), "updated");
      assert.equal(await store.functions.update(created.functionId, first.revision, change), "conflict");
      assert.equal(await store.functions.update(newFunctionId(), first.revision, change), "missing");
      const now = await store.functions.findById(created.functionId);
      assert.ok(now);
      assert.deepEqual([now.status, now.spec.memoryMb, now.codeSize], ["Updating", 256, 1_000]);
      assert.equal(await store.functions.setStatus(created.functionId, first.revision, "Active", []), null);
      assert.equal((await store.functions.setStatus(created.functionId, now.revision, "Active", []))?.status, "Active");
    });

    it("remembers what serves a function while newer revisions do not", async () => {
      const { functionId } = await make(store, "served");
      const entry = async () => (await store.catalog.load(functionId)) ?? assert.fail("it is there");
      const status = async (state: "Active" | "UpdateFailed") => {
        const { revision } = (await store.functions.findById(functionId)) ?? assert.fail("it is there");
        await store.functions.setStatus(functionId, revision, state, []);
        return revision;
      };
      const update = async (memoryMb: number) => {
        const { revision } = (await store.functions.findById(functionId)) ?? assert.fail("it is there");
        await store.functions.update(functionId, revision, { spec: { ...eventSpec, memoryMb } });
      };
      const first = await status("Active");
      assert.equal((await entry()).served, null);
      await update(256);
      await update(512);
      await status("UpdateFailed");
      const { served, versions } = await entry();
      assert.deepEqual([served?.revision, served?.spec.memoryMb], [first, eventSpec.memoryMb]);
      assert.equal(versions[0]?.spec.memoryMb, 512);
      await update(1_024);
      await status("Active");
      assert.equal((await entry()).served, null);
    });

    it("numbers versions without gaps or repeats when many publish at once, and never reuses a number", async () => {
      const { functionId } = await make(store, "published");
      const published = await Promise.all(Array.from({ length: 20 }, () => store.versions.publish(functionId, "v")));
      const numbers = published.map((version) => Number(version?.version)).toSorted((one, other) => one - other);
      assert.deepEqual(
        numbers,
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      assert.equal(await store.versions.delete(functionId, "20"), "deleted");
      assert.equal((await store.versions.publish(functionId, ""))?.version, "21");
      assert.equal(await store.versions.publish(newFunctionId(), ""), null);
      assert.equal(await store.versions.find(functionId, "1; drop table"), null);
    });

    it("keeps a version that an alias needs, however the alias names it", async () => {
      const { functionId } = await make(store, "aliased");
      for (const _ of [1, 2, 3]) await store.versions.publish(functionId, "");
      const weighted = [{ version: "2", weight: 0.1 }];
      const matched = [{ version: "3", key: "invoke.headers.user", method: "exact" as const, expression: "a" }];
      const alias = { name: "stable", version: "1", weighted, matched: [], description: "first" };
      assert.equal(await store.aliases.create(functionId, alias), "created");
      assert.equal(await store.aliases.create(functionId, alias), "exists");
      assert.equal(await store.versions.delete(functionId, "1"), "used-by-alias");
      assert.equal(await store.versions.delete(functionId, "2"), "used-by-alias");
      assert.equal(
        await store.aliases.update(functionId, { name: "stable", version: "1", weighted: [], matched }),
        true,
      );
      assert.equal((await store.aliases.find(functionId, "stable"))?.description, "first");
      assert.equal(await store.versions.delete(functionId, "2"), "deleted");
      assert.equal(await store.versions.delete(functionId, "3"), "used-by-alias");
      assert.deepEqual(
        (await store.aliases.list(functionId)).map(({ name }) => name),
        ["$DEFAULT", "stable"],
      );
      assert.equal(await store.aliases.delete(functionId, "stable"), true);
      assert.equal(await store.versions.delete(functionId, "9"), "missing");
    });

    it("loads the catalog with $LATEST first, then versions by number, and null once deleted", async () => {
      const { functionId } = await make(store, "listed");
      for (let count = 0; count < 11; count++) await store.versions.publish(functionId, "");
      const entry = await store.catalog.load(functionId);
      const numbers = Array.from({ length: 11 }, (_, index) => String(index + 1));
      assert.deepEqual(
        entry?.versions.map(({ version }) => version),
        ["$LATEST", ...numbers],
      );
      assert.deepEqual(
        entry?.aliases.map(({ name }) => name),
        ["$DEFAULT"],
      );
      assert.ok((await store.catalog.loadAll()).some((each) => each.functionId === functionId));
      assert.equal(await store.functions.delete(functionId), true);
      assert.equal(await store.catalog.load(functionId), null);
      assert.equal((await store.aliases.list(functionId)).length, 0);
    });

    it("announces to its own listeners before it resolves, and to other processes", async () => {
      await using other = await openOther(tested);
      const heard = Promise.withResolvers<string>();
      const own: string[] = [];
      const idle = { resync: async () => undefined };
      using subscriptions = new DisposableStack();
      subscriptions.use(other.changes.subscribe("function", { ...idle, changed: async (id) => heard.resolve(id) }));
      subscriptions.use(store.changes.subscribe("function", { ...idle, changed: async (id) => void own.push(id) }));
      const functionId = newFunctionId();
      await store.changes.announce("function", functionId);
      assert.deepEqual(own, [functionId]);
      assert.equal(await heard.promise, functionId);
    });

    it("leaves alone what another process has claimed, when it comes by URL", async () => {
      const event = newEvent(newFunctionId(), Date.now());
      await store.events.accept(event);
      await store.events.claim(1, 3_600_000);
      await using other = await openOther(tested);
      assert.equal((await other.events.status(event.requestId))?.state, "running");
    });

    it("finds records with their logs, by what the API filters on", async () => {
      const functionId = newFunctionId();
      const statuses = [200, 430, 433, 434, 200];
      const records = statuses.map((status, index) =>
        usageRecord(functionId, { status, startedAt: Date.now() + index, durationUs: 1_000 - index }),
      );
      for (const record of records) store.records.append(record, () => undefined);
      const [first] = records;
      assert.ok(first);
      const line = { at: first.startedAt, stream: "stdout" as const, text: "null\0 and half\ud800 函数" };
      const call = {
        ...first,
        at: first.startedAt,
        instanceId: null,
        lines: EncodedLines.of([line]),
        droppedLines: 2,
        returnMessage: "ok",
      };
      const between = { ...call, requestId: null, instanceId: "box-1", lines: EncodedLines.of([line]) };
      await store.records.insertLogs([call, between]);
      await store.records.flush(soon());
      assert.equal(store.records.backlog, 0);
      const { lines, droppedLines, returnMessage, ...record } = (await store.records.find(first.requestId)) ?? {};
      assert.deepEqual(record, first);
      assert.deepEqual([lines, droppedLines, returnMessage], [[line], 2, "ok"]);
      const filter: RecordFilter = {
        functionId,
        from: 0,
        to: Date.now() + 60_000,
        offset: 0,
        limit: 10,
        orderBy: "startTime",
        order: "desc",
      };
      const statusesFor = async (change: Partial<RecordFilter>): Promise<number[]> =>
        (await store.records.query({ ...filter, ...change })).records.map(({ status }) => status);
      assert.deepEqual(await statusesFor({}), statuses.toReversed());
      assert.deepEqual(await statusesFor({ retCode: "not0", orderBy: "duration" }), [430, 433, 434]);
      assert.deepEqual(await statusesFor({ retCode: "is0", limit: 1 }), [200]);
      assert.deepEqual(await statusesFor({ retCode: "TimeLimitExceeded" }), [433]);
      assert.deepEqual(await statusesFor({ retCode: "ResourceLimitExceeded" }), [434]);
      assert.deepEqual(await statusesFor({ retCode: "UserCodeException" }), [430]);
      assert.deepEqual(await statusesFor({ qualifier: "7" }), []);
      assert.equal((await store.records.query({ ...filter, limit: 1 })).total, 5);
      assert.equal(await store.records.find("no uuid \0"), null);
      const instance = await store.records.instanceLogs(functionId, 0, Date.now() + 60_000, 10);
      assert.deepEqual(instance, [{ version: "$LATEST", instanceId: "box-1", lines: [line] }]);
    });

    it("keeps long logs as they are, beside so many short ones as take several statements, all or none", async () => {
      const functionId = newFunctionId();
      const at = Date.now();
      const line = (length: number) => ({ at, stream: "stderr" as const, text: '"\0\ud800函\\'.repeat(length / 5) });
      const lengths = [10, 40_000, 30_000, 30_000, 30_000, 30_000, 30_000, 200_000, 10];
      const rows = lengths.map((length, index) => ({
        functionId,
        requestId: null,
        instanceId: "box",
        version: "1",
        at: at + index,
        lines: EncodedLines.of([line(length / 2), line(length / 2)]),
        droppedLines: 0,
        returnMessage: "an error's own \0 and \ud800",
      }));
      const read = async () => store.records.instanceLogs(functionId, 0, at + 100, 100);
      await assert.rejects(
        store.records.insertLogs([...rows, ...rows.map((row) => ({ ...row, droppedLines: 2 ** 40 }))]),
      );
      assert.deepEqual(await read(), []);
      await store.records.insertLogs(rows);
      const expected = lengths.map((length) => [line(length / 2), line(length / 2)]);
      assert.deepEqual(
        (await read()).map(({ lines }) => lines),
        expected,
      );
    });

    it("stores calls of a day without a partition, too", async () => {
      const old = usageRecord(newFunctionId(), { startedAt: 1_000 });
      store.records.append(old, () => undefined);
      await store.records.flush(soon());
      assert.equal((await store.records.find(old.requestId))?.startedAt, 1_000);
    });
  });
}

it("makes due at once what the process first had claimed, where the database is this process's alone", async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDirectory: directory.path, logger: new KeptLog(), clock: systemClock };
  const event = newEvent(newFunctionId(), Date.now());
  {
    await using first = await openStore(options);
    await first.events.accept(event);
    assert.equal((await first.events.claim(1, 3_600_000)).length, 1);
  }
  await using second = await openStore(options);
  assert.equal((await second.events.status(event.requestId))?.state, "waiting");
  assert.deepEqual(await second.events.claim(1, 1_000), [{ ...event, retry: 0 }]);
});

it("says in a sentence that a database cannot be reached, and that a URL is none", async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDirectory: directory.path, logger: new KeptLog(), clock: systemClock };
  await assert.rejects(
    openStore({ ...options, databaseUrl: "postgres://u:secret@127.0.0.1:1/x" }),
    (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "StoreUnavailable");
      assert.match(error.message, /127\.0\.0\.1:1/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
  await assert.rejects(openStore({ ...options, databaseUrl: "db.example" }), /DATABASE_URL must look like/);
});

it("says in a sentence that a server over the network does not take its password, or has no such database", async () => {
  await using server = await startNetworkServer();
  await using directory = await temporaryDirectory();
  const options = { dataDirectory: directory.path, logger: new KeptLog(), clock: systemClock };
  const other = (change: { readonly password?: string; readonly pathname?: string }): string =>
    Object.assign(new URL(server.url), change).href;
  const sentence = /^PostgreSQL at 127\.0\.0\.1:\d+ does not let this server in: .* Check .* DATABASE_URL\.$/;
  for (const [databaseUrl, why] of [
    [other({ password: "wrong" }), /password authentication failed for user "gust"/],
    [other({ pathname: "/elsewhere" }), /database "elsewhere" does not exist/],
  ] as const) {
    await assert.rejects(openStore({ ...options, databaseUrl }), ({ message }: Error) => {
      assert.match(message, sentence);
      assert.match(message, why);
      return true;
    });
  }
});

async function make(store: Store, name: string): Promise<{ functionId: FunctionId }> {
  const created = newFunction(name);
  assert.equal(await store.functions.create(created, 50), "created");
  return created;
}

/** Another process of the same installation, as far as the database can tell. */
async function openOther({ url }: StoreUnderTest): Promise<Store> {
  const directory = await temporaryDirectory();
  const store = await openStore({
    dataDirectory: directory.path,
    databaseUrl: url,
    logger: new KeptLog(),
    clock: systemClock,
  });
  const parts = new AsyncDisposableStack();
  parts.use(directory);
  parts.use(store);
  return { ...store, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
