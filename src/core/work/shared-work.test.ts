import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SharedWork } from "./shared-work.ts";

const never = new AbortController().signal;

describe("shared work", () => {
  it("is done once for all who ask while it runs, and anew for who asks afterwards", async () => {
    const shared = new SharedWork<string, number>();
    let runs = 0;
    const rest = Promise.withResolvers<void>();
    const work = async (): Promise<number> => {
      runs++;
      await rest.promise;
      return runs;
    };
    const both = Promise.all([shared.run("same", never, work), shared.run("same", never, work)]);
    assert.ok(shared.has("same"));
    rest.resolve();
    assert.deepEqual(await both, [1, 1]);
    assert.ok(!shared.has("same"));
    assert.equal(await shared.run("same", never, work), 2);
  });

  it("outlives who gives up while another waits, and is canceled with the last", async () => {
    const shared = new SharedWork<string, string>();
    const leaving = new AbortController();
    const last = new AbortController();
    const rest = Promise.withResolvers<string>();
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<string> => {
      given = signal;
      return rest.promise;
    };
    const first = shared.run("same", leaving.signal, work);
    const second = shared.run("same", last.signal, work);
    leaving.abort(new Error("no patience"));
    await assert.rejects(first, /no patience/);
    assert.equal(given?.aborted, false);
    last.abort(new Error("neither"));
    await assert.rejects(second, /neither/);
    assert.ok(given?.aborted);
    assert.equal(await shared.run("same", never, async () => "new"), "new");
  });
});
