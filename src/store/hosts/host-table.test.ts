import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FunctionStatus, Host } from "../../core/index.ts";
import { systemClock } from "../../core/index.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { KeptLog, newFunction, openFreshStore, temporaryDirectory } from "../store-under-test.ts";
import { judge } from "./deployment-status.ts";

const host = (id: string, roles: Host["roles"] = ["data"]): Host => ({
  id,
  roles,
  internalUrl: `http://${id}:1`,
  publicUrl: `http://${id}:2`,
  capacity: 10,
  version: "1.0.0",
  startedAt: 1,
});

describe("what follows from the reports of hosts", () => {
  const said = (hostId: string, status: FunctionStatus, errorMessage = "") => ({
    hostId,
    status,
    reasons: errorMessage === "" ? [] : [{ errorCode: "Some", errorMessage }],
  });

  it("is Active as soon as one serves, and then says what failed elsewhere", () => {
    assert.deepEqual(judge([said("a", "Active"), said("b", "Updating")], ["a", "b"]), {
      status: "Active",
      reasons: [],
    });
    const verdict = judge([said("a", "UpdateFailed", "no disk"), said("b", "Active")], ["a", "b"]);
    assert.deepEqual(verdict, {
      status: "Active",
      reasons: [{ errorCode: "HostFailed", errorMessage: "Host a cannot serve it: no disk" }],
    });
  });

  it("is a failure when every host has failed, told once where all say the same", () => {
    const reports = [said("a", "CreateFailed", "broken"), said("b", "CreateFailed", "broken")];
    assert.deepEqual(judge(reports, ["a", "b"]), {
      status: "CreateFailed",
      reasons: [{ errorCode: "Some", errorMessage: "broken" }],
    });
    assert.equal(judge(reports.slice(1), ["a", "b"]), null);
    assert.equal(judge([], []), null);
  });
});

describe("processes that share a database", { concurrency: 1 }, () => {
  it("have leases, and what they say of a deployment settles it together", async () => {
    await using database = await openFreshStore("DATABASE_URL");
    await using directory = await temporaryDirectory();
    const open = (hostId: string): Promise<Store> =>
      openStore({
        dataDirectory: `${directory.path}/${hostId}`,
        databaseUrl: database.url,
        hostId,
        keepsSchema: false,
        logger: new KeptLog(),
        clock: systemClock,
      });
    await using one = await open("one");
    await using other = await open("other");
    const { hosts } = database.store;
    assert.deepEqual(await hosts.renew(host("control", ["control"]), 60_000), [host("control", ["control"])]);
    await hosts.renew(host("one"), 60_000);
    const alive = await hosts.renew(host("other"), 60_000);
    assert.deepEqual(
      alive.map(({ id }) => id),
      ["control", "one", "other"],
    );

    const created = newFunction("together");
    await database.store.functions.create(created, 50);
    const { functionId } = created;
    const find = async () => (await database.store.functions.findById(functionId)) ?? assert.fail();
    const { revision } = await find();
    const broken = [{ errorCode: "Broken", errorMessage: "it is" }];
    await one.functions.setStatus(functionId, revision, "CreateFailed", broken);
    assert.equal((await find()).status, "Creating", "another host may still do it");
    assert.deepEqual(await other.functions.setStatus(functionId, revision, "Active", []), {
      status: "Active",
      isNew: true,
    });
    assert.deepEqual(await one.functions.setStatus(functionId, revision, "CreateFailed", broken), {
      status: "Active",
      isNew: false,
    });
    assert.deepEqual((await find()).statusReasons, [
      { errorCode: "HostFailed", errorMessage: "Host one cannot serve it: it is" },
    ]);

    await database.store.functions.update(functionId, revision, {});
    const { revision: next } = await find();
    assert.equal(await one.functions.setStatus(functionId, revision, "Active", []), null);
    await one.functions.setStatus(functionId, next, "UpdateFailed", broken);
    assert.equal((await find()).status, "Updating");
    await hosts.leave("other");
    assert.deepEqual(await hosts.forgetGone(0), ["other"]);
    assert.deepEqual(await hosts.forgetGone(0), []);
    const settled = await find();
    assert.deepEqual([settled.status, settled.statusReasons], ["UpdateFailed", broken]);
  });

  it("are not started on a database that is to be brought forward first", async () => {
    await using database = await openFreshStore("embedded");
    await using directory = await temporaryDirectory();
    const opening = openStore({
      dataDirectory: directory.path,
      databaseUrl: database.url.replace("/postgres?", "/template1?"),
      hostId: "early",
      keepsSchema: false,
      logger: new KeptLog(),
      clock: systemClock,
    });
    await assert.rejects(opening, /is at migration 0 of \d+\. Start a process with the role control/);
  });
});
