import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeDriver } from "../testing/fake-driver.ts";
import { FakeClock, settle, silentLogger } from "../testing/fakes.ts";
import { BootPlaces } from "./boot-places.ts";
import { WarmPool } from "./warm-pool.ts";

const never = { signal: new AbortController().signal };

function makePool(size: number, maxParallelBoots = 2, isLazy = false, mostReady = size) {
  const [driver, clock] = [new FakeDriver(), new FakeClock()];
  const program = { name: "node", command: [] };
  const places = new BootPlaces(maxParallelBoots);
  const pool = new WarmPool({ driver, program, size, mostReady, isLazy, places, logger: silentLogger, clock });
  const pass = async (ms: number): Promise<void> => {
    clock.ms += ms;
    pool.tick(clock.monotonic());
    await settle();
  };
  return { driver, pool, pass };
}

describe("the warm pool", () => {
  it("fills up, a few boots at a time, and gives without booting", async () => {
    const { driver, pool, pass } = makePool(3);
    await using _ = pool;
    let most = 0;
    driver.boot = async () => {
      most = Math.max(most, pool.booting + 1);
    };
    await pass(0);
    assert.deepEqual([pool.ready, most], [3, 2]);
    await pool.take(never);
    assert.deepEqual([pool.ready, driver.created], [2, 3]);
  });

  it("keeps none ready of a program that nobody has used, when it is lazy", async () => {
    const { driver, pool, pass } = makePool(2, 2, true);
    await using _ = pool;
    await pass(0);
    assert.equal(driver.created, 0);
    await pool.take(never);
    await pass(50);
    await pass(0);
    assert.deepEqual([pool.ready, driver.created], [2, 3]);
  });

  it("refills a moment after a take", async () => {
    const { driver, pool, pass } = makePool(1);
    await using _ = pool;
    await pass(0);
    await pool.take(never);
    await pass(40);
    assert.equal(driver.created, 1);
    await pass(10);
    assert.equal(driver.created, 2);
  });

  it("refills while it is taken from all the time", async () => {
    const { driver, pool, pass } = makePool(10, 10);
    await using _ = pool;
    await pass(0);
    for (let passed = 0; passed < 600; passed += 40) {
      await pool.take(never);
      await pass(40);
    }
    assert.ok(driver.created >= 15, `only ${driver.created} were booted`);
    assert.ok(pool.ready >= 8, `only ${pool.ready} are ready`);
  });

  it("keeps more ready while it is taken from fast, and lets them go after quiet minutes", async () => {
    const { pool, pass } = makePool(1, 10, false, 8);
    await using _ = pool;
    await pass(0);
    for (let claims = 0; claims < 30; claims++) {
      await pool.take(never);
      await pass(100);
    }
    await pass(100);
    assert.deepEqual([pool.keeps, pool.ready], [8, 8]);
    await pass(125_000);
    for (let looks = 0; looks < 8; looks++) await pass(100);
    assert.deepEqual([pool.keeps, pool.ready], [1, 1]);
  });

  it("boots for takers when it is empty, never more at a time than allowed", async () => {
    const { driver, pool } = makePool(0, 2);
    await using _ = pool;
    const boots: (() => void)[] = [];
    driver.boot = () => new Promise((resolve) => boots.push(resolve));
    const taken = Promise.all(Array.from({ length: 5 }, () => pool.take(never)));
    let most = 0;
    for (let boot = boots.shift(); boot !== undefined; boot = boots.shift()) {
      most = Math.max(most, pool.booting);
      boot();
      await settle(2);
    }
    assert.equal((await taken).length, 5);
    assert.deepEqual([most, driver.created], [2, 5]);
  });

  it("keeps the runtime of a taker that has gone for the next one", async () => {
    const { driver, pool } = makePool(1);
    await using _ = pool;
    let boot = (): void => undefined;
    driver.boot = () => new Promise((resolve) => (boot = resolve));
    const gone = new AbortController();
    const taken = pool.take(gone);
    gone.abort();
    await assert.rejects(taken);
    boot();
    await settle();
    assert.equal(pool.ready, 1);
  });

  it("tells takers of a failing boot, and holds refills back twice as long each time", async () => {
    const { driver, pool, pass } = makePool(1);
    await using _ = pool;
    driver.boot = async () => Promise.reject(new Error("EAGAIN"));
    await assert.rejects(pool.take(never), /EAGAIN/);
    assert.equal(driver.created, 2, "a single failure may be an accident");
    await pass(900);
    assert.equal(driver.created, 2);
    await pass(100);
    assert.equal(driver.created, 3);
    await pass(1_900);
    assert.equal(driver.created, 3);
    driver.boot = async () => undefined;
    await pass(100);
    assert.deepEqual([driver.created, pool.ready], [4, 1]);
  });

  it("boots again for its takers when all boots under way fail at once", async () => {
    const { driver, pool } = makePool(0, 4);
    await using _ = pool;
    const boots: PromiseWithResolvers<void>[] = [];
    driver.boot = () => {
      const boot = Promise.withResolvers<void>();
      boots.push(boot);
      return boot.promise;
    };
    const taken = Promise.all([pool.take(never), pool.take(never), pool.take(never)]);
    await settle();
    for (const { reject } of boots.splice(0)) reject(new Error("the booter ended"));
    await settle();
    for (const { resolve } of boots.splice(0)) resolve();
    assert.equal((await taken).length, 3);
  });

  it("gives nobody a runtime whose channel has closed, though its box has not ended yet", async () => {
    const { driver, pool, pass } = makePool(1);
    await using _ = pool;
    await pass(0);
    const [first] = driver.running;
    first?.closeChannel();
    await settle();
    assert.equal(pool.ready, 0);
    assert.equal(first?.exit?.kind, "killed", "nobody could use it any more");
  });

  it("replaces a runtime that ended while nobody had it", async () => {
    const { driver, pool, pass } = makePool(1);
    await using _ = pool;
    await pass(0);
    for (const sandbox of driver.running) await sandbox.kill();
    await settle();
    assert.equal(pool.ready, 0);
    await pass(1_000);
    assert.equal(pool.ready, 1);
  });

  it("leaves nothing running when it stops", async () => {
    const { driver, pool, pass } = makePool(2);
    await pass(0);
    let boot = (): void => undefined;
    driver.boot = () => new Promise((resolve) => (boot = resolve));
    await pool.take(never);
    await pass(60);
    const stopped = pool[Symbol.asyncDispose]();
    boot();
    await stopped;
    assert.equal(driver.running.size, 1, "only the taken one");
    await driver[Symbol.asyncDispose]();
  });
});
