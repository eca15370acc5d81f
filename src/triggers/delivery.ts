import { setTimeout as delayReal } from "node:timers/promises";
import type { Clock, Logger } from "../core/index.ts";
import type { EventInvocation, Invoker } from "../scheduler/index.ts";
import type { EventQueue, QueuedEvent } from "../store/index.ts";
import { decideRetry, expiredMessage } from "./retry-policy.ts";

/** Delivers accepted events until disposed of; what it could not finish is due again at once. */
export type Delivery = AsyncDisposable;

/** What delivery stands on. */
export interface DeliveryOptions {
  readonly events: EventQueue;
  readonly invoker: Pick<Invoker, "invoke">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Time that running events still have to end; asked at the stop. */
  readonly drainMs: () => number;
  /** Waits; tests pass their own. Rejects when the signal fires. */
  readonly delay?: (ms: number, options: { signal: AbortSignal }) => Promise<void>;
}

/** Events being delivered at the same time. */
const maxConcurrent = 256;
const claimAtOnce = 100;
/** After a crash an event is due again when its lease has run out. */
const leaseMs = 30_000;
const extendEveryMs = 10_000;
/** Other processes may accept events without this one hearing of it. */
const longestIdleMs = 2_000;
const shortestPauseMs = 250;
const longestPauseMs = 10_000;
/** Time that the queue has for outcomes at a stop. */
const lastWritesMs = 2_000;

/** Starts to deliver what is due, and what becomes due. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const delivery = new EventDelivery(options);
  delivery.start();
  return delivery;
}

/**
 * An event: due → claimed (leased) → invoked → finished (done, dead) | due again later.
 * A lease that runs out, because the process died, makes it due again.
 */
class EventDelivery implements Delivery {
  readonly #options: DeliveryOptions;
  readonly #delay: NonNullable<DeliveryOptions["delay"]>;
  readonly #stop = new AbortController();
  #isDraining = false;
  readonly #running = new Map<QueuedEvent, Promise<void>>();
  readonly #loops: Promise<void>[] = [];
  /** Ends the current wait of the claiming loop. */
  #wake = new AbortController();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#delay = options.delay ?? ((ms, { signal }) => delayReal(ms, undefined, { signal, ref: false }));
  }

  start(): void {
    this.#options.events.onAccepted = () => this.#wake.abort();
    this.#stop.signal.addEventListener("abort", () => this.#wake.abort(), { once: true });
    this.#loops.push(this.#claimForever(), this.#extendForever());
  }

  /**
   * Claims no more; what runs has `drainMs` to end, and is due again when it did not. What a database that does not
   * answer keeps waiting is due again after its lease.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.events.onAccepted = () => undefined;
    this.#isDraining = true;
    this.#wake.abort();
    const late = new AbortController();
    const drained = Promise.all(this.#running.values()).then(() => late.abort());
    await Promise.race([drained, this.#wait(this.#options.drainMs(), late.signal)]);
    this.#stop.abort();
    const over = Promise.all([...this.#loops, ...this.#running.values()]).then(() => true);
    if (await Promise.race([over, delayReal(lastWritesMs, false, { ref: false })])) return;
    this.#options.logger.warn({ events: this.#running.size }, "The event queue does not answer; what ran is due again");
  }

  get #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #claimForever(): Promise<void> {
    let pauseMs = 0;
    while (!this.#isStopping && !this.#isDraining) {
      this.#wake = new AbortController();
      try {
        const waitMs = await this.#claimOnce();
        pauseMs = 0;
        if (waitMs > 0) await this.#wait(waitMs, this.#wake.signal);
      } catch (error) {
        pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, pauseMs * 2));
        this.#options.logger.warn({ err: error, againInMs: pauseMs }, "The event queue could not be read");
        await this.#wait(pauseMs, this.#stop.signal);
      }
    }
  }

  /** Claims what fits; returns how long there is nothing to do, unless woken. */
  async #claimOnce(): Promise<number> {
    const { events, clock } = this.#options;
    const room = Math.min(claimAtOnce, maxConcurrent - this.#running.size);
    if (room <= 0) return longestIdleMs;
    const claimed = await events.claim(room, leaseMs);
    for (const event of claimed) this.#run(event);
    if (claimed.length > 0) return 0;
    const dueAt = await events.nextDueAt();
    return dueAt === null ? longestIdleMs : Math.min(longestIdleMs, Math.max(1, dueAt - clock.now()));
  }

  #run(event: QueuedEvent): void {
    const work = this.#deliver(event).finally(() => {
      this.#running.delete(event);
      this.#wake.abort();
    });
    this.#running.set(event, work);
  }

  async #deliver(event: QueuedEvent): Promise<void> {
    const { events, invoker, clock } = this.#options;
    const { requestId } = event;
    if (event.expiresAt <= clock.now()) {
      const outcome = { kind: "dead", status: 0, message: expiredMessage(event, "") } as const;
      return this.#acknowledge(() => events.finish(requestId, outcome), event);
    }
    const result = await invoker.invoke(toInvocation(event), { signal: this.#stop.signal });
    const { status } = result.record;
    const now = clock.now();
    if (status !== 200 && this.#isStopping) {
      // ended by our own stop, or as good as: nobody's failure
      return this.#acknowledge(() => events.retryAt(requestId, now, false, result.errorMessage), event);
    }
    const verdict = decideRetry(event, status, result.errorMessage, now);
    switch (verdict.kind) {
      case "done":
        return this.#acknowledge(() => events.finish(requestId, { kind: "done", status, message: "" }), event);
      case "dead":
        return this.#acknowledge(() => events.finish(requestId, { ...verdict, status }), event);
      case "retry":
        return this.#acknowledge(
          () => events.retryAt(requestId, verdict.at, verdict.countsAsRetry, result.errorMessage),
          event,
        );
    }
  }

  /** Until the store takes it; a process that stops meanwhile leaves the event to the end of its lease. */
  async #acknowledge(write: () => Promise<void>, { requestId }: QueuedEvent): Promise<void> {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        return await write();
      } catch (error) {
        this.#options.logger.warn({ err: error, requestId }, "The outcome of an event could not be stored");
        if (this.#isStopping) return;
        await this.#wait(pauseMs, this.#stop.signal);
      }
    }
  }

  async #extendForever(): Promise<void> {
    while (!this.#isStopping) {
      await this.#wait(extendEveryMs, this.#stop.signal);
      const ids = Array.from(this.#running.keys(), ({ requestId }) => requestId);
      if (ids.length === 0 || this.#isStopping) continue;
      try {
        await this.#options.events.extend(ids, leaseMs);
      } catch (error) {
        this.#options.logger.warn({ err: error, events: ids.length }, "Leases of events could not be extended");
      }
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms === 0) return;
    await this.#delay(ms, { signal }).catch(() => undefined); // only an abort, which ends the wait
  }
}

function toInvocation(event: QueuedEvent): EventInvocation {
  const { requestId, namespace, name, qualifier, routingKey, retry, payload, variables } = event;
  return {
    requestId,
    target: { namespace, name, qualifier, routingKey: routingKey ?? undefined },
    kind: "async",
    retry,
    payload,
    variables,
  };
}
