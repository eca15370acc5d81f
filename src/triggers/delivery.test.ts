import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock, InvocationResult, Logger, RequestId, UsageRecord } from "../core/index.ts";
import type { EventInvocation } from "../scheduler/index.ts";
import type { EventQueue, QueuedEvent } from "../store/index.ts";
import { startDelivery } from "./delivery.ts";

const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} };

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function queued(id: string, changes: Partial<QueuedEvent> = {}): QueuedEvent {
  return {
    requestId: id as RequestId,
    functionId: "lam-hello" as QueuedEvent["functionId"],
    namespace: "default",
    name: "hello",
    qualifier: "$DEFAULT",
    payload: "{}",
    variables: {},
    routingKey: null,
    acceptedAt: 0,
    expiresAt: 6 * 3_600_000,
    retry: 0,
    maxRetries: 2,
    ...changes,
  };
}

/** A queue in memory with the contract of the store's. */
class FakeQueue implements Pick<EventQueue, "claim" | "extend" | "finish" | "retryAt" | "nextDueAt"> {
  readonly due: QueuedEvent[] = [];
  readonly log: string[] = [];
  isAway = false;
  onAccepted: () => void = () => undefined;

  accept(...events: QueuedEvent[]): void {
    this.due.push(...events);
    this.onAccepted();
  }

  async claim(count: number): Promise<readonly QueuedEvent[]> {
    if (this.isAway) throw new Error("the database is away");
    return this.due.splice(0, count);
  }

  async extend(ids: readonly RequestId[]): Promise<void> {
    this.log.push(`extend ${ids.join(" ")}`);
  }

  async finish(id: RequestId, outcome: { kind: string; status: number; message: string }): Promise<void> {
    if (this.isAway) throw new Error("the database is away");
    this.log.push(`${outcome.kind} ${id} ${outcome.status} ${outcome.message}`.trimEnd());
  }

  async retryAt(id: RequestId, at: number, countsAsRetry: boolean): Promise<void> {
    this.log.push(`retry ${id} at ${at}${countsAsRetry ? " counted" : ""}`);
  }

  async nextDueAt(): Promise<number | null> {
    return null;
  }
}

/** Delivery whose waits end when a test says so, into functions that answer by `status`. */
function start(
  status: (event: EventInvocation, signal: AbortSignal) => number | Promise<number>,
  { drainMs = 0 }: { drainMs?: number } = {},
) {
  const queue = new FakeQueue();
  const clock: Clock & { ms: number } = { ms: 1_000, now: () => clock.ms, monotonic: () => clock.ms };
  const waits: { ms: number; end: () => void }[] = [];
  const calls: EventInvocation[] = [];
  const delivery = startDelivery({
    drainMs: () => drainMs,
    events: queue as unknown as EventQueue, // delivery uses no more of a queue than is there
    invoker: {
      async invoke(invocation, { signal }): Promise<InvocationResult> {
        calls.push(invocation);
        const code = await status(invocation, signal);
        const record = { status: code } as UsageRecord; // delivery looks at nothing else
        return { record, body: "", errorMessage: code === 200 ? "" : `failed by ${code}`, log: "" };
      },
    },
    logger: silentLogger,
    clock,
    delay: (ms, { signal }) =>
      new Promise((resolve, reject) => {
        waits.push({ ms, end: resolve });
        signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      }),
  });
  return { queue, clock, waits, calls, delivery };
}

describe("delivering events", () => {
  it("starts at once when one is accepted, and says so to the function", async () => {
    const { queue, calls, delivery } = start(() => 200);
    await using _ = delivery;
    await settle();
    queue.accept(queued("a", { variables: { TRIGGER_SRC: "timer" }, routingKey: { User: "ann" }, retry: 1 }));
    await settle();
    assert.deepEqual(queue.log, ["done a 200"]);
    const [call] = calls;
    assert.deepEqual([call?.kind, call?.retry, call?.variables], ["async", 1, { TRIGGER_SRC: "timer" }]);
    assert.deepEqual(call?.target.routingKey, { User: "ann" });
  });

  it("runs a bounded number at a time, and all in the end", async () => {
    let running = 0;
    let most = 0;
    const { queue, delivery } = start(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return 200;
    });
    await using _ = delivery;
    queue.accept(...Array.from({ length: 1_000 }, (_unused, number) => queued(`e${number}`)));
    for (let turn = 0; turn < 20; turn++) await settle();
    assert.equal(queue.log.length, 1_000);
    assert.ok(most <= 256);
  });

  it("gives up an event whose time is up, without calling", async () => {
    const { queue, clock, calls, delivery } = start(() => 200);
    await using _ = delivery;
    clock.ms = 61_000;
    queue.accept(queued("a", { expiresAt: 60_000 }));
    await settle();
    assert.deepEqual(queue.log, ["dead a 0 The event expired 60 s after it was accepted"]);
    assert.equal(calls.length, 0);
  });

  it("extends the leases of long calls", async () => {
    let end = (_status: number): void => undefined;
    const { queue, waits, delivery } = start(() => new Promise((resolve) => (end = resolve)));
    await using _ = delivery;
    queue.accept(queued("a"));
    await settle();
    waits.find(({ ms }) => ms === 10_000)?.end();
    await settle();
    assert.deepEqual(queue.log, ["extend a"]);
    end(200);
  });

  it("waits longer and longer while the store is away, and goes on when it is back", async () => {
    const { queue, waits, delivery } = start(() => 200);
    await using _ = delivery;
    queue.isAway = true;
    queue.accept(queued("a"));
    const pauses: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      await settle();
      const wait = waits.findLast(({ ms }) => ms !== 10_000);
      pauses.push(wait?.ms ?? 0);
      wait?.end();
    }
    assert.deepEqual(pauses, [250, 500, 1_000, 2_000, 4_000]);
    queue.isAway = false;
    await settle();
    waits.findLast(({ ms }) => ms === 8_000)?.end();
    await settle();
    assert.deepEqual(queue.log, ["done a 200"]);
  });

  it("stores an outcome that the store could not take as soon as it can", async () => {
    const { queue, waits, delivery } = start(() => {
      queue.isAway = true;
      return 200;
    });
    await using _ = delivery;
    queue.accept(queued("a"));
    await settle();
    queue.isAway = false;
    for (const wait of waits.filter(({ ms }) => ms === 250)) wait.end(); // reading the queue waits as well
    await settle();
    assert.deepEqual(queue.log, ["done a 200"]);
  });

  it("lets what runs end when it stops, and claims no more", async () => {
    let end = (_status: number): void => undefined;
    const { queue, calls, delivery } = start(() => new Promise((resolve) => (end = resolve)), { drainMs: 1_000 });
    queue.accept(queued("a"));
    await settle();
    const stopped = delivery[Symbol.asyncDispose]();
    queue.accept(queued("b"));
    await settle();
    end(200);
    await stopped;
    assert.deepEqual(queue.log, ["done a 200"]);
    assert.equal(calls.length, 1);
  });

  it("makes what it could not finish due again at once when it stops", async () => {
    const { queue, delivery } = start(
      (_event, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(499))),
    );
    queue.accept(queued("a"));
    await settle();
    await delivery[Symbol.asyncDispose]();
    assert.deepEqual(queue.log, ["retry a at 1000"]);
  });
});
