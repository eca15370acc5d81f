import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newTriggerId, type FunctionId, type FunctionUrlSettings } from "../../core/index.ts";
import { databaseKinds, newFunction, openFreshStore, type StoreUnderTest } from "../store-under-test.ts";

const settings: FunctionUrlSettings = {
  kind: "http",
  authType: "CAM",
  takesExtranet: true,
  takesIntranet: false,
  cors: null,
};

const urlOf = (functionId: FunctionId, name: string, qualifier: string) => ({
  triggerId: newTriggerId(),
  functionId,
  name,
  qualifier,
  settings,
  hostLabel: `1250000000-${newTriggerId().slice(4)}`,
  description: "a description",
  customArgument: "",
  isEnabled: true,
});

for (const kind of databaseKinds) {
  describe(`triggers on ${kind}`, () => {
    let tested: StoreUnderTest;
    before(async () => void (tested = await openFreshStore(kind)));
    after(() => tested[Symbol.asyncDispose]());

    it("are given back as they were made, with the function's name, and go with it", async () => {
      const { functions, triggers } = tested.store;
      const owner = newFunction("with-url");
      await functions.create(owner, 50);
      const created = urlOf(owner.functionId, "url", "$DEFAULT");
      assert.equal(await triggers.create(created, 10), "created");
      const found = await triggers.find(owner.functionId, { type: "http", name: "url", qualifier: "$DEFAULT" });
      assert.deepEqual(found, { ...created, addTime: found?.addTime, modTime: found?.modTime });
      const bound = { ...found, namespace: owner.namespace, functionName: owner.name };
      assert.deepEqual(await triggers.load(created.triggerId), bound);
      assert.deepEqual(await triggers.loadAll("http"), [bound]);
      assert.equal(await triggers.update(created.triggerId, { isEnabled: false }), true);
      assert.equal((await triggers.load(created.triggerId))?.isEnabled, false);
      await functions.delete(owner.functionId);
      assert.equal(await triggers.load(created.triggerId), null);
      assert.equal(await triggers.create(created, 10), "function-missing");
    });

    it("are one of a name, one URL of a version, and no more than there may be, also when made at once", async () => {
      const { functions, triggers } = tested.store;
      const owner = newFunction("crowded");
      await functions.create(owner, 50);
      const { functionId } = owner;
      const outcomes = await Promise.all(
        Array.from({ length: 4 }, () => triggers.create(urlOf(functionId, "one", "$LATEST"), 10)),
      );
      assert.deepEqual(outcomes.toSorted(), ["created", "exists", "exists", "exists"]);
      assert.equal(await triggers.create(urlOf(functionId, "two", "$LATEST"), 10), "has-url");
      assert.equal(await triggers.create(urlOf(functionId, "one", "$DEFAULT"), 1), "limit");
      assert.equal(await triggers.create(urlOf(functionId, "one", "$DEFAULT"), 2), "created");
      const [first] = await triggers.list(functionId);
      assert.equal(first === undefined ? null : await triggers.delete(first.triggerId), true);
      assert.deepEqual(
        (await triggers.list(functionId)).map(({ qualifier }) => qualifier),
        ["$DEFAULT"],
      );
    });
  });
}
