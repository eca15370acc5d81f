import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FakeSandbox } from "../testing/fake-driver.ts";
import { entry, eventTo, FakeReceiver, requestTo, settle, version } from "../testing/fakes.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";

function only(test: TestScheduler): FakeSandbox {
  const [sandbox] = test.driver.assigned;
  assert.ok(sandbox !== undefined);
  return sandbox;
}

function sent(test: TestScheduler): number[] {
  return test.store.written.map(({ networkBytesOut }) => networkBytesOut);
}

describe("what a sandbox sends over its network", () => {
  it("is on the record of the call that it sent it in, or between it and the call before", async () => {
    await using test = await startScheduler([entry([version("event")])], {}, ({ driver }) => {
      driver.onCall = (call, sandbox) =>
        setImmediate(() => {
          sandbox.sentBytes += 1_000;
          call.result("1");
        });
    });
    const invoke = () => test.scheduler.invoker.invoke(eventTo("hello"), { signal: new AbortController().signal });
    await invoke();
    await invoke();
    only(test).sentBytes += 70;
    const { record } = await invoke();
    assert.equal(record.networkBytesOut, 1_070);
    assert.deepEqual(sent(test), [1_000, 1_000, 1_070]);
  });

  it("is counted once when calls share an instance, whoever ends, and by a canceled one when it is on record", async () => {
    await using test = await startScheduler([entry([version("http")])]);
    const call = () => test.scheduler.invoker.startHttp(requestTo("hello"), new FakeReceiver());
    const [, canceled] = [call(), call(), call()];
    await settle();
    const sandbox = only(test);
    sandbox.sentBytes = 500;
    canceled?.cancel();
    sandbox.sentBytes = 800;
    test.driver.calls[1]?.respond(200, "nobody hears it");
    test.driver.calls[0]?.respond(200, "first");
    sandbox.sentBytes = 900;
    test.driver.calls[2]?.respond(200, "last");
    await settle();
    assert.deepEqual(sent(test), [500, 300, 100]);
  });
});
