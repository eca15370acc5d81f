import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { CallSlots, maxOpenCalls } from "./call-slots.ts";

describe("call slots", () => {
  it("find exactly the open entries, whatever was opened and ended before", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 300 }), (steps) => {
        const slots = new CallSlots<{ readonly id: number }>();
        const open: { readonly id: number }[] = [];
        const used = new Set<number>();
        for (const step of steps) {
          const ending = open[step];
          if (ending !== undefined) {
            open.splice(step, 1);
            slots.release(ending);
            continue;
          }
          const entry = { id: slots.takeId() };
          assert.ok(entry.id > 0 && entry.id < 2 ** 31 && !used.has(entry.id), "an id is used once");
          used.add(entry.id);
          slots.place(entry);
          open.push(entry);
        }
        assert.equal(slots.active, open.length);
        for (const entry of open) assert.equal(slots.find(entry.id), entry);
        assert.deepEqual(new Set(slots.open()), new Set(open));
      }),
    );
  });

  it("have no room for more calls than a channel may have", () => {
    const slots = new CallSlots<{ readonly id: number }>();
    for (let index = 0; index < maxOpenCalls; index++) slots.place({ id: slots.takeId() });
    assert.equal(slots.takeId(), 0);
  });

  it("use an id again only after half a million calls in its slot", () => {
    const slots = new CallSlots<{ readonly id: number }>();
    const first = { id: slots.takeId() };
    slots.place(first);
    slots.release(first);
    let calls = 1;
    for (let id = slots.takeId(); id !== first.id; id = slots.takeId(), calls++) {
      slots.place({ id });
      slots.release({ id });
    }
    assert.equal(calls, 2 ** 19 - 1);
  });
});
