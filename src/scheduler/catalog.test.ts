import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PlatformError, type Sha256 } from "../core/index.ts";
import type { CatalogEntry } from "../store/index.ts";
import { planOverlay } from "./builds/plan-overlay.ts";
import { entry, eventTo, settle, spec, version } from "./testing/fakes.ts";
import type { Route } from "./catalog/routes.ts";
import { startScheduler, type TestScheduler } from "./testing/start-scheduler.ts";

const never = new AbortController().signal;

function hello(revision: string, changes: Partial<CatalogEntry> = {}): CatalogEntry {
  return entry([version("event", { revision })], changes);
}

async function change(test: TestScheduler, next: CatalogEntry): Promise<void> {
  test.store.entries.set(next.functionId, next);
  await test.store.changes.announce("function", next.functionId);
}

function timeoutOf(route: Route | "event-function" | null): number | null {
  return typeof route === "object" && route !== null ? route.timeoutS : null;
}

/** Which version answered. */
async function answeredBy(test: TestScheduler, qualifier = "$DEFAULT"): Promise<string> {
  test.driver.onCall = (call, sandbox) =>
    setImmediate(() => call.result(JSON.stringify(sandbox.initMessage?.function.version)));
  const target = { namespace: "default", name: "hello", qualifier };
  const { body } = await test.scheduler.invoker.invoke(eventTo("hello", { target }), { signal: never });
  return body;
}

describe("following the store", () => {
  it("unpacks what is Creating and makes it Active", async () => {
    await using test = await startScheduler([]);
    await change(test, hello("r1", { status: "Creating" }));
    await settle();
    assert.deepEqual(test.store.statuses, [{ functionId: "lam-hello", status: "Active", reasons: [] }]);
    assert.equal(test.store.unpacked.length, 1);
    assert.equal(await answeredBy(test), '"$LATEST"');
    const [sandbox] = test.driver.assigned;
    assert.deepEqual(
      sandbox?.prepared,
      { message: sandbox?.initMessage, wasAssigned: false },
      "while its code is mounted",
    );
  });

  it("prepares what another host was first to serve, and tries calls of it even where that failed", async () => {
    await using test = await startScheduler([hello("r1")]);
    test.store.unpackFails = new PlatformError("InternalError", "no disk");
    await change(test, hello("r2", { status: "Active" }));
    await settle();
    assert.deepEqual(test.store.statuses, [
      {
        functionId: "lam-hello",
        status: "UpdateFailed",
        reasons: [{ errorCode: "InternalError", errorMessage: "no disk" }],
      },
    ]);
    test.store.unpackFails = null;
    await change(test, hello("r2", { status: "Active" }));
    await settle();
    assert.equal(test.store.statuses.length, 1, "it is not prepared again and again");
    assert.equal(await answeredBy(test), '"$LATEST"');
    assert.equal(test.store.unpacked.length, 1);
    await change(test, hello("r3", { status: "Active" }));
    await settle();
    assert.deepEqual(test.store.statuses.at(-1), { functionId: "lam-hello", status: "Active", reasons: [] });
  });

  it("says at INIT whether what it made lies over the code: what else is there is the owner's", async () => {
    const bundled = { interpreter: "node 26.10.0 x64", resultSha256: "f".repeat(64) as Sha256, note: "" }; // brand: a made-up one
    for (const isOverlaid of [true, undefined]) {
      const { codeSha256: sourceSha256, spec: of } = version("event");
      const kind = String(planOverlay(of)?.kind);
      await using test = await startScheduler([hello("r1")], {}, ({ store, driver }) => {
        driver.isolatesFiles = driver.isolatesNetwork = true;
        if (isOverlaid) store.built.push({ ...bundled, sourceSha256, kind });
      });
      await answeredBy(test);
      assert.equal(test.driver.assigned[0]?.initMessage?.isOverlaid, isOverlaid);
    }
  });

  it("leads where a new revision answers as soon as it does, whatever form it has", async () => {
    const web = (revision: string, form: "http" | "service", timeoutS: number): CatalogEntry =>
      entry([version(form, { name: "web", revision, spec: spec(form, { timeoutS }) })], { status: "Updating" });
    await using test = await startScheduler([entry([version("http", { name: "web" })])]);
    const { routes } = test.scheduler;
    await change(test, web("r2", "http", 20));
    await settle();
    assert.equal(timeoutOf(routes.byName("default", "web")), 20);
    await change(test, web("r3", "service", 30));
    await settle();
    const route = routes.byName("default", "web");
    assert.equal(typeof route === "object" && route?.form, "service");
    assert.equal(routes.byDomainLabel("web-12345678"), route);
  });

  it("leads to the version that a qualifier stands for, $DEFAULT unless told", async () => {
    const numbered = (number: string, timeoutS: number) =>
      version("http", { name: "web", version: number, revision: number, spec: spec("http", { timeoutS }) });
    const web = entry([numbered("$LATEST", 10), numbered("1", 3), numbered("2", 5)]);
    const alias = (name: string, to: string, weighted: { version: string; weight: number }[] = []) => ({
      name,
      version: to,
      weighted,
      matched: [],
    });
    const aliases = [alias("$DEFAULT", "1"), alias("most", "1", [{ version: "2", weight: 0.9 }])];
    await using test = await startScheduler([{ ...web, aliases }]);
    const { routes } = test.scheduler;
    const timeouts = [undefined, "$LATEST", "2", "most", "3"].map((name) =>
      timeoutOf(routes.byName("default", "web", name)),
    );
    assert.deepEqual(timeouts, [3, 10, 5, 5, null]);
    assert.equal(timeoutOf(routes.byDomainLabel("web-12345678")), 3);
  });

  it("finishes at start what a crash left Creating or Updating", async () => {
    await using test = await startScheduler([
      hello("r1", { status: "Creating" }),
      entry([version("http", { name: "web" })], { status: "Updating" }),
    ]);
    assert.deepEqual(
      test.store.statuses.map(({ functionId, status }) => [functionId, status]),
      [
        ["lam-hello", "Active"],
        ["lam-web", "Active"],
      ],
    );
  });

  it("lets a call wait for a function that is being created", async () => {
    await using test = await startScheduler([]);
    let unpacked = (): void => undefined;
    const work = new Promise<string>((resolve) => (unpacked = () => resolve("/code/x")));
    test.store.artifacts.merge = () => work;
    await change(test, hello("r1", { status: "Creating" }));
    const waiting = answeredBy(test);
    await settle();
    unpacked();
    assert.equal(await waiting, '"$LATEST"');
  });

  it("has built anew what an older recipe made for a function that is active, and stops doing so when it stops", async () => {
    const active = hello("r1");
    const sourceSha256 = active.versions[0]?.codeSha256;
    assert.ok(sourceSha256 !== undefined);
    await using test = await startScheduler([active], {}, ({ store, driver }) => {
      driver.isolatesFiles = driver.isolatesNetwork = true;
      const record = {
        kind: "bundle recipe-0 index",
        interpreter: "node 26.0.0 x64",
        resultSha256: sourceSha256,
        note: "",
      };
      store.built.push({ ...record, sourceSha256 });
    });
    await settle(20);
    assert.deepEqual(
      test.driver.calls.map(({ head }) => head.target),
      ["/bundle"],
    );
    await test.scheduler[Symbol.asyncDispose]();
    assert.equal(test.driver.running.size, 0);
  });

  it("says CreateFailed with the reason, and 438 to calls", async () => {
    await using test = await startScheduler([]);
    test.store.unpackFails = new Error("the disk is full");
    await change(test, hello("r1", { status: "Creating" }));
    await settle();
    assert.deepEqual(test.store.statuses[0]?.reasons, [
      { errorCode: "InternalError", errorMessage: "the disk is full" },
    ]);
    assert.equal(test.store.statuses[0]?.status, "CreateFailed");
    const { record, errorMessage } = await test.scheduler.invoker.invoke(eventTo("hello"), { signal: never });
    assert.equal(record.status, 438);
    assert.match(errorMessage, /CreateFailed: the disk is full/);
  });

  it("says at the deployment which Python runs, and that none does", async () => {
    const snake = (runtime: string): CatalogEntry =>
      entry([version("event", { revision: runtime, spec: spec("event", { runtime }) })], { status: "Creating" });
    await using test = await startScheduler([]); // its runtimes say 3.11.7
    await change(test, snake("Python3.6"));
    await settle();
    assert.deepEqual(test.store.statuses.at(-1), {
      functionId: "lam-hello",
      status: "Active",
      reasons: [
        {
          errorCode: "RuntimeSubstituted",
          errorMessage: "Python3.6 runs on Python 3.11.7, the python3 of this host",
        },
      ],
    });
    await change(test, snake("Python3.11"));
    await settle();
    assert.deepEqual(test.store.statuses.at(-1)?.reasons, []);
    assert.equal(test.driver.created, 1);
    assert.equal(test.scheduler.status().pools["python3"]?.ready, 1);
    // nothing is kept for a language that nobody uses
    const config = { poolSize: 2 };
    await using idle = await startScheduler([entry([version("event")])], config);
    await idle.pass(1_000);
    assert.deepEqual(idle.scheduler.status().pools["python3"], { version: null, ready: 0, starting: 0, size: 0 });
    await using used = await startScheduler([{ ...snake("Python3.11"), status: "Active" }], config);
    await used.pass(1_000);
    assert.deepEqual(used.scheduler.status().pools["python3"], { version: "3.11.7", ready: 2, starting: 0, size: 2 });
    await using broken = await startScheduler([], {}, ({ driver }) => {
      driver.boot = () => Promise.reject(new PlatformError("InstanceStartFailed", "python3: not found"));
    });
    await change(broken, snake("Python3.11"));
    await settle();
    assert.equal(broken.store.statuses[0]?.status, "CreateFailed");
    assert.deepEqual(broken.store.statuses[0].reasons, [
      { errorCode: "ContainerInitError", errorMessage: "python3: not found" },
    ]);
  });

  it("fetches an interpreter that is not there at the deployment, and says so meanwhile and when it cannot", async () => {
    const old = (revision: string): CatalogEntry =>
      entry([version("event", { revision, spec: spec("event", { runtime: "Nodejs16.13" }) })], { status: "Creating" });
    const refused = new PlatformError("InsufficientResources", "no registry");
    const fetching = Promise.withResolvers<void>();
    await using test = await startScheduler([], {}, ({ packages }) => {
      packages.missing.add("node18");
      packages.fetch = () => fetching.promise;
    });
    await change(test, old("r1"));
    await settle();
    const told = {
      errorCode: "RuntimeFetching",
      errorMessage: "The package node18, which Nodejs16.13 runs on, is being fetched (registry: node18@1.0.0)",
    };
    assert.deepEqual(test.store.statuses, [{ functionId: "lam-hello", status: "Creating", reasons: [told] }]);
    assert.equal(test.driver.created, 0, "nothing is started that is not there");
    fetching.reject(refused);
    await settle();
    assert.deepEqual(test.store.statuses.at(-1), {
      functionId: "lam-hello",
      status: "CreateFailed",
      reasons: [{ errorCode: "InsufficientResources", errorMessage: "no registry" }],
    });
    // tried again at the next deployment
    test.packages.fetch = () => Promise.resolve();
    await change(test, old("r2"));
    await settle();
    assert.equal(test.store.statuses.at(-1)?.status, "Active");
    const note = { errorCode: "RuntimeSubstituted", errorMessage: /^Nodejs16\.13 runs on Node\.js 18\./ };
    assert.partialDeepStrictEqual(test.store.statuses.at(-1)?.reasons, [{ errorCode: note.errorCode }]);
    assert.match(test.store.statuses.at(-1)?.reasons[0]?.errorMessage ?? "", note.errorMessage);
    assert.equal(await answeredBy(test), '"$LATEST"');
    assert.equal(test.driver.assigned.at(-1)?.box.program.name, "node18");
    const used = test.scheduler.runtimes().filter(({ functions }) => functions > 0);
    assert.deepEqual(
      used.map(({ name, runtimes }) => [name, runtimes]),
      [["node18", ["Nodejs16.13"]]],
    );
  });

  it("fetches an interpreter for a function that was active before, at its first start", async () => {
    const spoken = entry([version("event", { revision: "r1", spec: spec("event", { runtime: "Nodejs20.19" }) })]);
    await using test = await startScheduler([spoken], {}, ({ packages }) => packages.missing.add("node20"));
    assert.equal(await answeredBy(test), '"$LATEST"');
    assert.equal(test.packages.missing.size, 0);
  });

  it("serves the revision before after a restart, too, when the newest one failed or is not ready", async () => {
    for (const status of ["UpdateFailed", "Updating"] as const) {
      const before = hello("r1").versions[0] ?? null;
      await using test = await startScheduler([hello("r2", { status, served: before })], {}, ({ store }) => {
        store.unpackFails = new Error("the disk is full");
      });
      await settle();
      test.store.unpackFails = null;
      assert.equal(await answeredBy(test), '"$LATEST"');
      assert.deepEqual(
        test.scheduler.status().versions.map(({ revision }) => revision),
        ["r1"],
      );
    }
  });

  it("keeps serving the revision before when an update fails", async () => {
    await using test = await startScheduler([hello("r1")]);
    test.store.unpackFails = new Error("the disk is full");
    await change(test, hello("r2", { status: "Updating" }));
    await settle();
    assert.equal(test.store.statuses[0]?.status, "UpdateFailed");
    test.store.unpackFails = null;
    assert.equal(await answeredBy(test), '"$LATEST"');
  });

  it("serves a new revision with new instances, and stops the old ones", async () => {
    await using test = await startScheduler([hello("r1")]);
    await answeredBy(test);
    const [old] = test.driver.assigned;
    await change(test, hello("r2", { status: "Updating" }));
    await settle();
    assert.notEqual(old?.exit, null);
    await answeredBy(test);
    assert.equal(test.driver.created, 2);
  });

  it("keeps instances of a revision that did not change", async () => {
    await using test = await startScheduler([hello("r1")]);
    await answeredBy(test);
    const aliases = [{ name: "live", version: "$LATEST", weighted: [], matched: [] }];
    await change(test, hello("r1", { aliases }));
    assert.equal(await answeredBy(test, "live"), '"$LATEST"');
    assert.equal(test.driver.created, 1);
  });

  it("finishes calls of a deleted function, and refuses new ones", async () => {
    await using test = await startScheduler([hello("r1")], { drainTimeoutS: 1 });
    const running = test.scheduler.invoker.invoke(eventTo("hello"), { signal: never });
    await settle();
    const { functionId } = hello("r1");
    test.store.entries.delete(functionId);
    await test.store.changes.announce("function", functionId);
    assert.equal((await test.scheduler.invoker.invoke(eventTo("hello"), { signal: never })).record.status, 435);
    test.driver.lastCall.result("1");
    assert.equal((await running).body, "1");
    await settle();
    assert.equal(test.driver.running.size, 0);
  });

  it("answers calls while the store is away, and writes the status when it is back", async (context) => {
    await using test = await startScheduler([hello("r1")]);
    context.mock.timers.enable({ apis: ["setTimeout"] });
    let unpacked = (): void => undefined;
    const work = new Promise<string>((resolve) => (unpacked = () => resolve("/code/x")));
    test.store.artifacts.merge = () => work;
    await change(test, hello("r2", { status: "Updating" }));
    test.store.isAway = true;
    unpacked();
    await settle();
    assert.equal(await answeredBy(test), '"$LATEST"');
    assert.equal(test.store.statuses.length, 0);
    context.mock.timers.reset();
    test.store.isAway = false;
    for (let turn = 0; turn < 100 && test.store.statuses.length === 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(test.store.statuses[0]?.status, "Active");
  });
});
