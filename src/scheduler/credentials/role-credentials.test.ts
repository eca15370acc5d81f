import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readToken, type FunctionForm } from "../../core/index.ts";
import type { FakeSandbox } from "../testing/fake-driver.ts";
import { entry, eventTo, settle, spec, version } from "../testing/fakes.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";

const never = new AbortController().signal;
const minuteMs = 60_000;

function withRole(role: string, form: FunctionForm = "event") {
  return entry([version(form, { spec: spec(form, { role }) })]);
}

/** The variables that one call brings. */
async function callVariables(test: TestScheduler): Promise<ReadonlyMap<string, string>> {
  const running = test.scheduler.invoker.invoke(eventTo("hello", { variables: { TRIGGER_SRC: "timer" } }), {
    signal: never,
  });
  await settle();
  const { pairs } = test.driver.lastCall.head;
  test.driver.lastCall.result("null");
  await running;
  return new Map(Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i] ?? "", pairs[2 * i + 1] ?? ""]));
}

function only(test: TestScheduler): FakeSandbox {
  const [sandbox] = test.driver.assigned;
  assert.ok(sandbox);
  return sandbox;
}

function keyOf(sandbox: FakeSandbox): string {
  return sandbox.initMessage?.environment["GUST_CREDENTIALS_URL"]?.split("/").at(-1) ?? "";
}

describe("the credentials of a role", () => {
  it("come with every call of an event function, and hold longer than any call may run", async () => {
    await using test = await startScheduler([withRole("SCF_QcsRole")]);
    const first = await callVariables(test);
    const token = first.get("TENCENTCLOUD_SESSIONTOKEN") ?? "";
    const read = readToken(test.store.tokenKey, token);
    assert.deepEqual(
      { name: read?.identity.name, namespace: read?.identity.namespace, role: read?.identity.role },
      { name: "hello", namespace: "default", role: "SCF_QcsRole" },
    );
    assert.equal(first.get("TENCENTCLOUD_SECRETID"), read?.credentials.secretId);
    assert.equal(first.get("TENCENTCLOUD_SECRETKEY"), read?.credentials.secretKey);
    assert.equal(first.get("TRIGGER_SRC"), "timer");
    const environment = only(test).initMessage?.environment ?? {};
    assert.equal(environment["TENCENTCLOUD_SESSIONTOKEN"], token, "code that runs at the start has them, too");
    assert.match(environment["GUST_CREDENTIALS_URL"] ?? "", /^http:\/\/127.0.0.1:4878\/-\/credentials\/[\w-]{32}$/);

    for (let passed = 0; passed < 150; passed += 10) {
      test.clock.ms += 10 * minuteMs;
      const later = await callVariables(test);
      const found = readToken(test.store.tokenKey, later.get("TENCENTCLOUD_SESSIONTOKEN") ?? "");
      const leftMs = (found?.credentials.expiresAt ?? 0) - test.clock.now();
      assert.ok(leftMs > 900_000 && leftMs <= 60 * minuteMs, `${leftMs / minuteMs} minutes left`);
    }
    assert.equal(test.driver.assigned.length, 1, "all in one instance");
  });

  it("are told fresh to the instance that asks, while it lives and from its own address", async () => {
    await using test = await startScheduler([withRole("SCF_QcsRole")], {}, ({ driver }) => {
      driver.isolatesNetwork = true;
    });
    await callVariables(test);
    const key = keyOf(only(test));
    const first = test.scheduler.findCredentials(key, "127.0.0.1"); // the address of every fake sandbox
    assert.ok(first);
    test.clock.ms += 45 * minuteMs;
    const second = test.scheduler.findCredentials(key, "127.0.0.1");
    assert.ok(second && second.expiresAt - test.clock.now() > 59 * minuteMs && second.token !== first.token);
    assert.equal(test.scheduler.findCredentials(key, "10.1.2.3"), null);
    assert.equal(test.scheduler.findCredentials(`${key}A`, "127.0.0.1"), null);
    assert.equal(test.scheduler.findCredentials("", "127.0.0.1"), null);
    await only(test).kill();
    await settle();
    assert.equal(test.scheduler.findCredentials(key, "127.0.0.1"), null);
  });

  it("are told to whoever has the key where addresses tell nothing", async () => {
    await using test = await startScheduler([withRole("SCF_QcsRole")]);
    await callVariables(test);
    assert.ok(test.scheduler.findCredentials(keyOf(only(test)), "10.1.2.3"));
  });

  it("are not there without a role", async () => {
    await using test = await startScheduler([withRole("")]);
    assert.deepEqual([...(await callVariables(test)).keys()], ["TRIGGER_SRC"]);
    const names = Object.keys(only(test).initMessage?.environment ?? {});
    assert.deepEqual(
      names.filter((name) => /SECRET|TOKEN|CREDENTIALS/.test(name)),
      [],
    );
  });
});
