import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Host } from "../../core/index.ts";
import type { ChangeListener } from "../../store/index.ts";
import { FakeClock, silentLogger } from "../testing/fakes.ts";
import { Fleet } from "./fleet.ts";

const host = (id: string, roles: Host["roles"] = ["data"]): Host => ({
  id,
  roles,
  internalUrl: `http://${id}:1`,
  publicUrl: `http://${id}:2`,
  capacity: 10,
  version: "1.0.0",
  startedAt: 1,
});

/** A fleet of `self` and `other` on a database that a test can take away. */
async function openFleet(test: TestContext, sharesPort = false) {
  test.mock.timers.enable({ apis: ["setInterval"] });
  const clock = new FakeClock();
  const state = {
    isAway: false,
    alive: [host("control", ["control"]), host("other"), host("self")],
    listener: null as ChangeListener | null,
  };
  const alive = async (): Promise<readonly Host[]> => {
    if (state.isAway) throw new Error("the database is away");
    return state.alive;
  };
  const store = {
    hosts: { alive, renew: alive, leave: async () => undefined, forgetGone: async () => [] },
    changes: {
      announce: async () => undefined,
      subscribe: (_topic: string, listener: ChangeListener) => {
        state.listener = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    },
  };
  const warnings: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (about: object, text: string) => void warnings.push(JSON.stringify(about) + text),
  };
  const fleet = await Fleet.follow({ store, selfId: "self", sharesPort, logger, clock });
  const membership = await fleet.join(host("self"));
  const beat = async (): Promise<void> => {
    clock.ms += 2_000;
    test.mock.timers.tick(2_000);
    await new Promise(setImmediate);
  };
  const idOf = (name: string): string | undefined => {
    const found = fleet.place("default", name);
    if (found !== null) fleet.release(found);
    return found?.id;
  };
  const foreign = Array.from({ length: 50 }, (_, n) => `f${n}`).find((name) => idOf(name) === "other") ?? assert.fail();
  return { fleet, membership, state, clock, beat, idOf, foreign, warnings };
}

describe("the hosts that a process knows", () => {
  it("are asked in turn: one that took no connection is left out for a growing while", async (test) => {
    const { fleet, clock, idOf, foreign, membership } = await openFleet(test);
    assert.ok(!fleet.isAlone);
    for (const pauseMs of [500, 1_000, 2_000]) {
      assert.equal(idOf(foreign), "other");
      fleet.suspect(host("other"));
      clock.ms += pauseMs - 1;
      assert.equal(idOf(foreign), "self");
      clock.ms += 1;
    }
    assert.equal(idOf(foreign), "other");
    await membership[Symbol.asyncDispose]();
  });

  it("stay while the database is away, and for a lease after, until each had the time to say that it is there", async (test) => {
    const { fleet, state, beat, idOf, foreign, membership } = await openFleet(test);
    state.isAway = true;
    for (let n = 0; n < 20; n++) await beat();
    assert.equal(idOf(foreign), "other");
    state.isAway = false;
    state.alive = [host("self")];
    await beat();
    assert.equal(idOf(foreign), "other");
    for (let n = 0; n < 4; n++) await beat();
    assert.equal(idOf(foreign), "self");
    assert.ok(fleet.isAlone);
    await membership[Symbol.asyncDispose]();
  });

  it("that share a port with it leave a busy function's calls where they arrive", async (test) => {
    const { fleet, state, clock, membership, foreign } = await openFleet(test, true);
    const calls = (count: number): number =>
      Array.from({ length: count }, () => fleet.staysHere("default", foreign)).filter(Boolean).length;
    assert.equal(calls(500), 0, "the other one has a port of its own");
    const at = { internalUrl: "http://10.0.0.1:1", publicUrl: "http://10.0.0.1:80" };
    state.alive = [
      { ...host("self"), ...at },
      { ...host("other"), ...at, internalUrl: "http://10.0.0.1:2" },
    ];
    await state.listener?.changed("other");
    clock.ms += 5_000;
    assert.equal(calls(150), 51, "from the hundredth of a second on");
    clock.ms += 1_000;
    assert.equal(calls(50), 50);
    clock.ms += 1_000;
    assert.equal(calls(50), 0);
    state.alive = [
      { ...host("self"), ...at },
      { ...host("other"), startedAt: 2 },
    ];
    await state.listener?.changed("other");
    assert.equal(calls(500), 0);
    await membership[Symbol.asyncDispose]();
  });

  it("are told of when other machines cannot reach them", async (test) => {
    const { state, warnings, membership } = await openFleet(test);
    assert.deepEqual(warnings, []);
    state.alive = [host("self"), { ...host("near"), internalUrl: "http://127.0.0.1:4900" }];
    await state.listener?.changed("near");
    assert.match(warnings.join(), /near at http:\/\/near:2"\]\}Other machines cannot reach .* GUST_INTERNAL_HOST/);
    await membership[Symbol.asyncDispose]();
  });

  it("go at once when they say so, and calls that they have count against them", async (test) => {
    const { fleet, state, idOf, foreign, membership } = await openFleet(test);
    for (const expected of ["other", "other", "self"]) assert.equal(fleet.place("default", foreign)?.id, expected);
    fleet.release(host("other"));
    assert.equal(idOf(foreign), "other");
    state.alive = [host("self")];
    await state.listener?.changed("other");
    assert.equal(idOf(foreign), "self");
    assert.deepEqual(fleet.others("control"), []);
    await membership[Symbol.asyncDispose]();
  });
});
