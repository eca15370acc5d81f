import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newSandboxId } from "../../core/index.ts";
import { FakeDriver } from "../testing/fake-driver.ts";
import { FakeClock, settle, silentLogger } from "../testing/fakes.ts";
import { BootPlaces, inPlaces } from "./boot-places.ts";
import { WarmPool } from "./warm-pool.ts";

const never = { signal: new AbortController().signal };
const program = { name: "node", command: [] };

/** A driver whose boots end when told to, one by one in the order of their begin. */
function heldDriver() {
  const driver = new FakeDriver();
  const boots: (() => void)[] = [];
  driver.boot = () => new Promise((resolve) => boots.push(resolve));
  const endOne = async (): Promise<void> => {
    boots.shift()?.();
    await settle(2);
  };
  return { driver, boots, endOne };
}

function poolOf(driver: FakeDriver, places: BootPlaces, size: number): WarmPool {
  return new WarmPool({ driver, program, size, places, logger: silentLogger, clock: new FakeClock() });
}

describe("boot places", () => {
  it("are shared by pools and builds, and whoever waits longest comes first", async () => {
    const { driver, boots, endOne } = heldDriver();
    const places = new BootPlaces(2);
    await using one = poolOf(driver, places, 0);
    await using other = poolOf(driver, places, 0);
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const asked = [
      one.take(never).then(note("one")),
      other.take(never).then(note("other")),
      inPlaces(driver, places).create({ id: newSandboxId(), program }, never).then(note("build")),
      one.take(never).then(note("one again")),
    ];
    await settle(2);
    assert.equal(boots.length, 2);
    for (let each = 0; each < 4; each++) {
      await endOne();
      assert.ok(boots.length <= 2);
    }
    await Promise.all(asked);
    assert.deepEqual(order, ["one", "other", "build", "one again"]);
  });

  it("go to a call of another program before they go to a refill", async () => {
    const { driver, endOne } = heldDriver();
    const places = new BootPlaces(1);
    await using full = poolOf(driver, places, 3);
    await using empty = poolOf(driver, places, 0);
    full.tick(0);
    let isServed = false;
    void empty.take(never).then(() => (isServed = true));
    await endOne(); // the refill that was under way
    full.tick(0);
    await endOne();
    assert.deepEqual([isServed, full.ready], [true, 1]);
    full.tick(0);
    while (full.booting > 0) await endOne();
    assert.equal(full.ready, 3, "each refill that ends begins the next");
  });

  it("are not taken by who has given up", async () => {
    const places = new BootPlaces(1);
    const place = places.tryTake();
    const givenUp = new AbortController();
    const waiting = places.take(givenUp);
    givenUp.abort(new Error("given up"));
    await assert.rejects(waiting, /given up/);
    place?.[Symbol.dispose]();
    place?.[Symbol.dispose]();
    assert.notEqual(places.tryTake(), null);
    assert.equal(places.tryTake(), null);
  });
});
