import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { leaveTogether } from "./leave-together.ts";

test("writes the answers of a turn right behind one another, before anything else is done about them", async () => {
  const seen: string[] = [];
  const answer = (name: string, then = (): void => undefined) => ({
    leave: () => void seen.push(`${name} leaves`),
    onLeft: () => {
      seen.push(`${name} left`);
      then();
    },
  });
  leaveTogether(answer("one", () => leaveTogether(answer("late"))));
  leaveTogether(answer("two"));
  assert.deepEqual(seen, []);
  await nextTurn();
  assert.deepEqual(seen, ["one leaves", "two leaves", "one left", "two left"]);
  await nextTurn();
  assert.deepEqual(seen.slice(4), ["late leaves", "late left"]);
});
