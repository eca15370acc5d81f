import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { continueTrace, PlatformError } from "../../../core/index.ts";
import type { EventOfApi, EventSink } from "../backends/event-sink.ts";
import { resultOf } from "../../testing/published-service.ts";
import { EventCalls, type EventSocketApi } from "./event-calls.ts";
import { LostEvents } from "./lost-events.ts";

const target = (functionName: string) => ({ namespace: "default", functionName, qualifier: "$DEFAULT" });
const cleanup = target("cleanup");
const api: EventSocketApi = {
  serviceId: "service-a",
  apiId: "api-a",
  environment: "release",
  transport: target("transport"),
  cleanup,
  variables: { TRIGGER_SRC: "apigw", GUST_WEBSOCKET_PUSH_PATH: "/-/websocket/service-a/api-a/code" },
};

const source = { api, connectionId: "id", trace: continueTrace(null) };

/** Calls that end with these statuses, the last of them for ever, before a queue that answers so. */
function start(statuses: readonly number[], accept: EventSink["accept"] = () => Promise.resolve("accepted")) {
  const told: { fields: object; message: string }[] = [];
  const left: EventOfApi[] = [];
  const pauses: number[] = [];
  const lost = new LostEvents({ warn: (fields, message) => void told.push({ fields, message }) });
  let calls = 0;
  const eventCalls = new EventCalls({
    invoker: {
      invoke: async (call) => {
        calls++;
        return resultOf(call, { status: statuses[Math.min(calls, statuses.length) - 1] ?? 0 });
      },
    },
    events: {
      accept: (to, event) => {
        left.push(event);
        return accept(to, event);
      },
    },
    lost,
    pause: async (ms) => void pauses.push(ms),
  });
  return { eventCalls, told, left, pauses, lost, calls: () => calls };
}

const fields = (name: string, events = 1) => ({
  serviceId: "service-a",
  apiId: "api-a",
  function: `default/${name}`,
  events,
});

describe("a message of a WebSocket", () => {
  it("comes again while its function has no room or is not ready, and is lost with a warning in the end", async () => {
    const soon = start([432, 429, 438, 200]);
    assert.equal(await soon.eventCalls.message(source, "{}"), "sent");
    assert.deepEqual([soon.pauses, soon.told], [[100, 200, 400], []]);
    const never = start([432]);
    assert.equal(await never.eventCalls.message(source, "{}"), "no-room");
    assert.deepEqual([never.calls(), never.pauses.at(-1)], [9, 12_800]);
    assert.deepEqual(never.told[0]?.fields, fields("transport"));
    assert.match(never.told[0]?.message ?? "", /no room/);
  });

  it("is lost with a warning where there is no function, and those of one that fails are its log's to tell", async () => {
    const { eventCalls, told, calls } = start([435, 442, 430]);
    for (const outcome of ["no-function", "no-function", "sent"]) {
      assert.equal(await eventCalls.message(source, "{}"), outcome);
    }
    assert.deepEqual([calls(), told.length], [3, 1]);
    assert.match(told[0]?.message ?? "", /does not exist/);
  });
});

describe("the end of a WebSocket", () => {
  it("goes by the queue where there is no room, with all that its function needs to push", async () => {
    const { eventCalls, told, left } = start([432]);
    await eventCalls.closing(source, cleanup);
    assert.deepEqual(JSON.parse(left[0]?.payload ?? ""), { websocket: { action: "closing", secConnectionID: "id" } });
    assert.deepEqual(
      [left.length, left[0]?.variables, told],
      [1, { ...api.variables, TRACEPARENT: source.trace.traceparent }, []],
    );
  });

  it("is tried again while the queue is full or the database away, and lost with a warning in the end", async (context) => {
    const away = () => Promise.reject(new PlatformError("StoreUnavailable", "away"));
    const outcomes = [away, () => Promise.resolve("full" as const), () => Promise.resolve("accepted" as const)];
    const soon = start([432], () => outcomes.shift()?.() ?? away());
    await soon.eventCalls.closing(source, cleanup);
    assert.deepEqual([soon.left.length, soon.told], [3, []]);
    for (const [name, accept, calls, said] of [
      ["full", () => Promise.resolve("full" as const), 9, /as many of its events wait as may/],
      ["away", away, 9, /database does not take/],
      ["missing", () => Promise.resolve("missing" as const), 1, /does not exist/],
    ] as const) {
      await context.test(name, async () => {
        const never = start([432], accept);
        await never.eventCalls.closing(source, cleanup);
        assert.deepEqual([never.calls(), never.told[0]?.fields], [calls, fields("cleanup")]);
        assert.match(never.told[0]?.message ?? "", said);
      });
    }
    const broken = start([432], () => Promise.reject(new Error("a bug")));
    await assert.rejects(broken.eventCalls.closing(source, cleanup), /a bug/);
  });
});

it("events that are lost are told at once, and then once a minute with their number", (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const told: object[] = [];
  using lost = new LostEvents({ warn: (given) => void told.push(given) });
  for (let n = 0; n < 3; n++) lost.add("full", api, cleanup);
  assert.deepEqual(told.splice(0), [fields("cleanup")]);
  context.mock.timers.tick(60_000);
  assert.deepEqual(told.splice(0), [fields("cleanup", 2)]);
  context.mock.timers.tick(60_000);
  lost.add("full", api, cleanup);
  lost.add("full", api, cleanup);
  assert.deepEqual(told.splice(0), [fields("cleanup")], "nothing was lost for a minute: it begins anew");
  lost[Symbol.dispose]();
  assert.deepEqual(told, [fields("cleanup")], "what was not told yet is told at the end");
});
