import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FunctionVersion, LogLine, PlatformError, Sha256 } from "../../core/index.ts";
import type { BuildRecord, StatusReason, Store } from "../../store/index.ts";
import { FakeDriver, type FakeCall, type FakeSandbox } from "../testing/fake-driver.ts";
import { settle, silentLogger, spec, version } from "../testing/fakes.ts";
import { Builds } from "./builds.ts";
import { rebuild } from "./rebuild.ts";

const sha = (digit: string): Sha256 => digit.repeat(64) as Sha256; // brand: a made-up one
const source = sha("a");
const installing = (changes: object = {}) =>
  version("event", { codeSha256: source, spec: spec("event", { installsDependencies: true }), ...changes });

const interpreters: Readonly<Record<string, string>> = {
  "Nodejs18.15": "18.20.4",
  "Nodejs20.19": "20.19.0",
  "Python3.10": "3.11.2",
};
const installingAs = (runtime: string) => installing({ spec: spec("event", { installsDependencies: true, runtime }) });

/** Builds on a driver whose boxes do what a test says, and packages that are kept by their first letter. */
async function start(before: BuildRecord[] = []) {
  const driver = new FakeDriver();
  const records: BuildRecord[] = [];
  const lines: string[] = [];
  const present = new Set<string>(before.map(({ resultSha256 }) => String(resultSha256)));
  const listing = { files: 10, listed: 0 };
  const artifacts = {
    list: async () => {
      listing.listed++;
      return { entries: Array.from({ length: listing.files }, (_, n) => ({ path: `m${n}.js` })), unpackedBytes: 0 };
    },
    unpack: async (sha256: Sha256) => `/code/${sha256}`,
    has: async (sha256: Sha256) => present.has(sha256),
    get: async () => Buffer.from("kept"),
    put: async (zip: Uint8Array) => {
      const text = Buffer.from(zip).toString();
      if (text === "hostile")
        return { kind: "refused", problem: { kind: "path-traversal", message: "it leaves the package" } };
      const sha256 = sha(text.slice(0, 1));
      present.add(sha256);
      return { kind: "stored", sha256, hold: { markUsed() {}, async [Symbol.asyncDispose]() {} } };
    },
  };
  const builds = { list: async () => before, keep: async (record: BuildRecord) => void records.push(record) };
  const options = {
    store: { artifacts, builds } as unknown as Pick<Store, "artifacts" | "builds">, // as much of it as is used
    driver,
    config: { npmRegistry: "https://registry.test/", pipIndexUrl: "https://index.test/" },
    interpreterVersion: async ({ spec: { runtime } }: FunctionVersion) => interpreters[runtime] ?? "26.10.0",
    binDirectory: ({ spec: { runtime } }: FunctionVersion) =>
      interpreters[runtime] === undefined ? undefined : `/node/${runtime}`,
    onLine: ({ name }: FunctionVersion, _boxId: string, { text }: LogLine) => void lines.push(`${name}: ${text}`),
    logger: silentLogger,
    clock: { now: () => 0 },
  };
  return { driver, records, lines, present, listing, builds: await Builds.open(options) };
}

const told: StatusReason[] = [];
const quiet = { signal: new AbortController().signal, tell: (reason: StatusReason) => void told.push(reason) };

function answer(call: FakeCall, status: number, note: string, body = ""): void {
  call.receiver.onHead(status, ["content-type", "x-gust-note", "X-Gust-Note", note], Buffer.from(body));
  call.receiver.onEnd(null);
}

async function refusal(work: Promise<unknown>): Promise<PlatformError> {
  return work.then(
    () => assert.fail("it did not fail"),
    (error: PlatformError) => error,
  );
}

describe("builds", () => {
  it("are what instances run, once made, and are asked for with the settings", async () => {
    const { driver, builds, records } = await start();
    driver.onCall = (call) => answer(call, 200, "npm%20ci", "built");
    assert.deepEqual(builds.packagesOf(installing()), [source]);
    assert.deepEqual(await builds.prepare(installing(), quiet), []);
    assert.deepEqual(builds.packagesOf(installing()), [sha("b")]);
    assert.deepEqual(
      builds.packagesOf(version("event", { codeSha256: source })),
      [source],
      "who did not ask has the upload",
    );
    assert.deepEqual([records[0]?.interpreter, records[0]?.note], [`node 26.10.0 ${process.arch} recipe-2`, "npm ci"]);
    const [call] = driver.calls;
    assert.equal(call?.head.target, "/install");
    assert.match(String(call.head.body), /"language":"node","npmRegistry":"https:\/\/registry.test\/"/);
    assert.equal(driver.running.size, 0, "the box is thrown away");
  });

  it("are done once for functions that ask at the same time, and again when the result is gone", async () => {
    const { driver, builds, present } = await start();
    driver.onCall = (call) => setImmediate(() => answer(call, 200, "", "built"));
    await Promise.all([builds.prepare(installing(), quiet), builds.prepare(installing({ name: "twin" }), quiet)]);
    assert.equal(driver.calls.length, 1);
    present.clear();
    await builds.prepare(installing(), quiet);
    assert.equal(driver.calls.length, 2);
  });

  it("are two at a time", async () => {
    const { driver, builds } = await start();
    const all = ["c", "d", "e"].map((digit) => builds.prepare(installing({ codeSha256: sha(digit) }), quiet));
    await settle();
    assert.equal(driver.calls.length, 2);
    driver.onCall = (call) => answer(call, 200, "", "built");
    for (const call of driver.calls.splice(0)) answer(call, 200, "", "built");
    await Promise.all(all);
    assert.equal(driver.calls.length, 1, "the third, when it was its turn");
  });

  it("of another interpreter serve versions until theirs is made", async () => {
    const made = { sourceSha256: source, kind: "install", resultSha256: sha("f"), note: "" };
    const { driver, builds } = await start([{ ...made, interpreter: "node 24.0.0 x64" }]);
    assert.deepEqual(builds.packagesOf(installing()), [sha("f")]);
    driver.onCall = (call) => answer(call, 200, "", "built");
    await builds.prepare(installing(), quiet);
    assert.deepEqual(builds.packagesOf(installing()), [sha("b")]);
  });

  it("are a version's own where one package has several runtimes, also when they are wanted again", async () => {
    const { driver, builds } = await start();
    const [older, newer, python] = ["Nodejs18.15", "Nodejs20.19", "Python3.10"].map((name) => installingAs(name));
    assert.ok(older !== undefined && newer !== undefined && python !== undefined);
    for (const [of, body] of [
      [older, "built"],
      [newer, "compiled"],
    ] as const) {
      driver.onCall = (call) => answer(call, 200, "", body);
      await builds.prepare(of, quiet);
    }
    const fields = driver.calls.map(({ head }) => JSON.parse(String(head.body)) as Record<string, unknown>); // as builds write it
    const directories = fields.map(({ interpreterDirectory }) => interpreterDirectory);
    assert.deepEqual(directories, ["/node/Nodejs18.15", "/node/Nodejs20.19"], "each by its own Node.js");
    assert.deepEqual(
      [older, newer].map((of) => builds.packagesOf(of)),
      [[sha("b")], [sha("c")]],
    );
    driver.onCall = (call) => answer(call, 204, "there%20is%20no%20requirements.txt");
    await builds.prepare(python, quiet);
    await builds.prepare(older, quiet);
    assert.equal(driver.calls.length, 3);
    assert.deepEqual(
      [older, newer, python, installingAs("Nodejs24.11")].map((of) => builds.packagesOf(of)),
      [[sha("b")], [sha("c")], [source], [sha("b")]],
      "what was wanted last serves a line that has none of its own",
    );
  });

  it("that have nothing to do say so", async () => {
    const { driver, builds } = await start();
    driver.onCall = (call) => answer(call, 204, "there%20is%20no%20package.json");
    const [reason] = await builds.prepare(installing(), quiet);
    assert.deepEqual(reason, {
      errorCode: "NothingInstalled",
      errorMessage: "InstallDependency is TRUE, but there is no package.json",
    });
    assert.deepEqual(builds.packagesOf(installing()), [source]);
  });

  it("fail with a sentence for callers and the whole for the owner, and are tried again", async () => {
    const { driver, builds, records } = await start();
    driver.onCall = (call) => answer(call, 422, encodeURIComponent("npm ci failed (exit code 1):\nsecret\0 detail"));
    const error = await refusal(builds.prepare(installing(), quiet));
    assert.equal(error.code, "DependencyInstallFailed");
    assert.equal(error.message, "Its dependencies could not be installed: npm ci failed (exit code 1)");
    assert.equal(error.details.stackTrace, `${error.message}\nsecret detail`);
    assert.deepEqual(records, []);
  });

  it("keeps a long reason in a script whose characters take nine bytes each", async () => {
    const { driver, builds } = await start();
    const reason = `npm ci failed:\n${"错".repeat(6_900)}`;
    driver.onCall = (call) => answer(call, 422, encodeURIComponent(reason));
    const error = await refusal(builds.prepare(installing(), quiet));
    assert.match(error.message, /npm ci failed/);
    assert.match(error.details.stackTrace ?? "", /错{6900}/);
  });

  for (const [name, act, sentence] of [
    ["a package that is none", (call: FakeCall) => answer(call, 200, "%zz", "hostile"), /it leaves the package/],
    [
      "more than a package may hold",
      ({ receiver }: FakeCall) => {
        receiver.onHead(200, [], null);
        for (let mib = 0; mib <= 50; mib++) receiver.onData(Buffer.alloc(1024 * 1024));
      },
      /larger than a code package may be/,
    ],
    ["a status that is none", (call: FakeCall) => answer(call, 500, ""), /status 500/],
    [
      "an end by memory",
      (_call: FakeCall, box: FakeSandbox) => void box.die({ kind: "memory", code: null, signal: "SIGKILL" }),
      /more than 2048 MB/,
    ],
    [
      "an end by itself",
      (_call: FakeCall, box: FakeSandbox) => void box.die({ kind: "exited", code: 0, signal: null }),
      /ended before/,
    ],
  ] as const) {
    it(`fail by ${name}`, async () => {
      const { driver, builds, records } = await start();
      driver.onCall = act;
      assert.match((await refusal(builds.prepare(installing(), quiet))).message, sentence);
      assert.deepEqual(records, []);
      assert.equal(driver.running.size, 0);
    });
  }

  it("of many files are laid over the package, offline and only where boxes are fenced", async () => {
    const { driver, builds, listing } = await start();
    driver.onCall = (call) => answer(call, 200, "", call.head.target === "/install" ? "built" : "faster");
    await builds.prepare(version("event"), quiet);
    assert.deepEqual([driver.created, listing.listed], [0, 0], "not as a plain process");
    driver.isolatesFiles = driver.isolatesNetwork = true;
    const boxes: FakeSandbox[] = [];
    driver.onInit = async (box) => {
      boxes.push(box);
      return { kind: "initialized", handler: "http", port: null };
    };
    await builds.prepare(installing(), quiet);
    assert.deepEqual(builds.packagesOf(installing()), [sha("b"), sha("f")], "what was installed is bundled");
    assert.deepEqual(
      boxes.map(({ assignment }) => [assignment?.codeDirectory, assignment?.isOffline, assignment?.isBackground]),
      [
        [`/code/${source}`, false, true],
        [`/code/${sha("b")}`, true, true],
      ],
    );
    assert.match(String(driver.calls[1]?.head.body), /"file":"index","fewestModules":10/);
    const off = spec("event", { environment: [{ key: "GUST_BUNDLE", value: "off" }] });
    assert.deepEqual(builds.packagesOf(version("event", { codeSha256: sha("b"), spec: off })), [sha("b")]);
    listing.files = 9;
    await builds.prepare(version("event", { codeSha256: sha("d") }), quiet);
    assert.equal(driver.calls.length, 2, "nine files are few");
  });

  it("that would make a function faster never fail it", async () => {
    const { driver, builds, records, lines } = await start();
    driver.isolatesFiles = driver.isolatesNetwork = true;
    for (const act of [
      (call: FakeCall) => answer(call, 200, "", "hostile"),
      (call: FakeCall) => answer(call, 500, ""),
      (_call: FakeCall, box: FakeSandbox) => void box.die({ kind: "exited", code: 1, signal: null }),
    ]) {
      driver.onCall = act;
      assert.deepEqual(await builds.prepare(version("event"), quiet), []);
    }
    driver.boot = async () => Promise.reject(new Error("no box today"));
    assert.deepEqual(await builds.prepare(version("event"), quiet), []);
    assert.deepEqual([records, builds.packagesOf(version("event"))], [[], [version("event").codeSha256]]);
    driver.boot = async () => undefined;
    driver.onCall = (call) => answer(call, 204, "not%20bundled");
    for (const name of ["hello", "twin"]) await builds.prepare(version("event", { name }), quiet);
    assert.equal(driver.calls.length, 4, "what cannot be bundled is not tried again");
    const why = "The code runs as it is: not bundled";
    assert.deepEqual(lines, [`hello: ${why}`, `twin: ${why}`], "and each function's log says so");
  });

  it("that failed to make a function faster are tried again", async (test) => {
    const { driver, builds, records } = await start();
    driver.isolatesFiles = driver.isolatesNetwork = true;
    driver.onCall = (call) => answer(call, 422, "out%20of%20luck");
    await builds.prepare(version("event"), quiet);
    const limit = new AbortController();
    test.mock.method(AbortSignal, "timeout", () => limit.signal);
    driver.onCall = () => limit.abort(new Error("the limit"));
    await builds.prepare(version("event"), quiet);
    test.mock.restoreAll();
    assert.deepEqual(records, []);
    driver.onCall = (call) => answer(call, 200, "", "faster");
    await builds.prepare(version("event"), quiet);
    assert.deepEqual(builds.packagesOf(version("event")), [version("event").codeSha256, sha("f")]);
  });

  it("that the store forgot are named by no version, even when nothing comes of making them again", async () => {
    const { driver, builds, present } = await start();
    driver.isolatesFiles = driver.isolatesNetwork = true;
    driver.onCall = (call) => answer(call, 200, "", "faster");
    await builds.prepare(version("event"), quiet);
    present.clear();
    driver.onCall = (call) => answer(call, 500, "");
    await builds.prepare(version("event"), quiet);
    assert.deepEqual(builds.packagesOf(version("event")), [version("event").codeSha256]);
  });

  it("of an older recipe are not laid over a package any more, and what one installed serves until it is made anew", async () => {
    const base = { sourceSha256: source, interpreter: "node 26.10.0 x64", note: "" };
    const { driver, builds } = await start([
      { ...base, kind: "install", resultSha256: sha("d") },
      { ...base, kind: "bundle index", sourceSha256: sha("d"), resultSha256: sha("e") },
    ]);
    driver.isolatesFiles = driver.isolatesNetwork = true;
    assert.deepEqual(builds.packagesOf(installing()), [sha("d")]);
    driver.onCall = (call) => answer(call, 200, "", call.head.target === "/install" ? "built" : "faster");
    await builds.prepare(installing(), quiet);
    assert.deepEqual(builds.packagesOf(installing()), [sha("b"), sha("f")]);
  });

  it("of an older recipe, or lost, are made again for what is served, one after the other", async () => {
    const made = { interpreter: "node 26.10.0 x64", note: "" };
    const { driver, builds, present } = await start([
      { ...made, kind: "bundle recipe-0 index", sourceSha256: sha("d"), resultSha256: sha("e") },
      { ...made, kind: "install", sourceSha256: source, resultSha256: sha("2") },
    ]);
    driver.isolatesFiles = driver.isolatesNetwork = true;
    const digits = ["d", "1", "9"];
    const [old, never, gone] = digits.map((digit) => version("event", { version: digit, codeSha256: sha(digit) }));
    const lostInstall = installing({ version: "2" });
    assert.ok(old !== undefined && never !== undefined && gone !== undefined);
    present.delete(sha("2"));
    const ready: string[] = [];
    let most = 0;
    driver.onCall = (call) => {
      most = Math.max(most, driver.running.size);
      setImmediate(() => answer(call, 200, "", call.head.target === "/install" ? "built" : "faster"));
    };
    const parts = {
      builds,
      isServed: (one: FunctionVersion) => one !== gone,
      makeReady: async (one: FunctionVersion): Promise<void> => void ready.push(one.version),
      logger: silentLogger,
    };
    await rebuild([old, never, gone, lostInstall], parts, quiet);
    assert.deepEqual(ready, ["d", "2"], "what was never built is left alone");
    assert.equal(most, 1);
    assert.deepEqual(builds.packagesOf(old), [sha("d"), sha("f")]);
    assert.deepEqual(builds.packagesOf(lostInstall)[0], sha("b"));
    await rebuild([old, lostInstall], parts, quiet);
    assert.deepEqual(ready, ["d", "2"], "once");
    present.delete(sha("f"));
    await builds.forgetLost(old);
    assert.deepEqual(builds.packagesOf(old), [sha("d")]);
  });

  it("end with the deployment that wanted them", async () => {
    const { driver, builds } = await start();
    const stop = new AbortController();
    const building = builds.prepare(installing(), { ...quiet, signal: stop.signal });
    await settle();
    assert.equal(driver.running.size, 1);
    stop.abort(new Error("overtaken"));
    assert.match((await refusal(building)).message, /overtaken/);
    assert.equal(driver.running.size, 0);
  });
});
