import assert from "node:assert/strict";
import { it } from "node:test";
import type { FunctionId, TriggerId } from "../../core/index.ts";
import type { BoundTrigger, ChangeListener } from "../../store/index.ts";
import { silentLogger } from "../testing/started-gateway.ts";
import { FunctionUrls } from "./function-urls.ts";

const trigger = (id: string, functionId: string): BoundTrigger => ({
  triggerId: id as TriggerId, // brand: a made-up one
  functionId: functionId as FunctionId, // brand: a made-up one
  namespace: "default",
  functionName: functionId,
  name: "url",
  qualifier: "$DEFAULT",
  settings: { kind: "http", authType: "NONE", takesExtranet: true, takesIntranet: true, cors: null },
  hostLabel: `label-${id}`,
  description: "",
  customArgument: "",
  isEnabled: true,
  addTime: 0,
  modTime: 0,
});

/** A store of triggers that can be away. */
function fakeStore(...rows: BoundTrigger[]) {
  const listeners = new Map<string, ChangeListener>();
  const store = {
    rows,
    isAway: false,
    onAnswer: (): void => undefined,
    listeners,
    triggers: {
      load: async (id: TriggerId) => store.answer(store.rows.find((row) => row.triggerId === id) ?? null),
      loadAll: async () => store.answer(store.rows),
    },
    changes: {
      subscribe: (topic: string, listener: ChangeListener) => {
        listeners.set(topic, listener);
        return { [Symbol.dispose]: () => void listeners.delete(topic) };
      },
    },
    answer<Value>(value: Value): Value {
      if (store.isAway) throw new Error("away");
      store.onAnswer();
      return value;
    },
  };
  return store;
}

it("follows what is announced, and drops the URLs of a function that is gone", async () => {
  const store = fakeStore(trigger("a", "one"));
  const urls = await FunctionUrls.open(store, silentLogger);
  assert.equal(urls.find("label-a")?.functionName, "one");
  store.rows = [trigger("a", "one"), trigger("b", "two")];
  await store.listeners.get("trigger")?.changed("b");
  assert.equal(urls.find("label-b")?.functionName, "two");
  store.rows = [trigger("b", "two")];
  await store.listeners.get("function")?.changed("one");
  assert.equal(urls.find("label-a"), null);
  assert.equal(urls.find("label-b")?.functionName, "two");
  await urls[Symbol.asyncDispose]();
  assert.equal(store.listeners.size, 0);
});

it("goes on with what it has while the store is away, and reads what it missed when that is back", async () => {
  const store = fakeStore(trigger("a", "one"));
  const urls = await FunctionUrls.open(store, silentLogger);
  store.isAway = true;
  store.rows = [trigger("b", "two")];
  for (const id of ["a", "b"]) await store.listeners.get("trigger")?.changed(id);
  assert.equal(urls.find("label-a")?.functionName, "one");
  const { promise: asksAgain, resolve } = Promise.withResolvers<void>();
  let answers = 0;
  store.onAnswer = () => void (++answers === 2 && resolve());
  store.isAway = false;
  await asksAgain;
  await urls[Symbol.asyncDispose](); // waits for the load that has begun
  assert.deepEqual([urls.find("label-a"), urls.find("label-b")?.functionName], [null, "two"]);
});
