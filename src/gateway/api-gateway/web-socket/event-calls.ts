import { setTimeout as delay } from "node:timers/promises";
import {
  newRequestId,
  PlatformError,
  platformErrors,
  traceVariables,
  type FunctionTarget,
  type TraceContext,
} from "../../../core/index.ts";
import type { Invoker } from "../../../scheduler/index.ts";
import type { ApiOfRequest } from "../api-of-request.ts";
import type { EventOfApi, EventSink } from "../backends/event-sink.ts";
import type { LostEvents, WhyLost } from "./lost-events.ts";
import { closingEvent } from "./socket-events.ts";

/** A WebSocket API whose messages become events, as all its connections have it. */
export interface EventSocketApi extends ApiOfRequest {
  readonly transport: FunctionTarget;
  readonly cleanup: FunctionTarget | null;
  /** Of each call: among them where its function pushes to clients. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The WebSocket that events are of: calls stand below it in its trace. */
interface EventSource {
  readonly api: EventSocketApi;
  readonly connectionId: string;
  readonly trace: TraceContext;
}

interface EventCallParts {
  readonly invoker: Pick<Invoker, "invoke">;
  /** Takes closing events for which a function has no room. */
  readonly events: EventSink;
  readonly lost: Pick<LostEvents, "add">;
  /** Waits; tests pass their own. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** What became of a message. Lost ones were told to the log. */
export type Sent = "sent" | "no-room" | "no-function";

/** Statuses of calls that did not begin, and may later. */
const noRoom: ReadonlySet<number> = new Set([
  platformErrors.ResourceLimit.status,
  platformErrors.ConcurrencyLimit.status,
  platformErrors.FunctionNotReady.status,
]);

/** Statuses of calls that nobody is there for. */
const noFunction: ReadonlySet<number> = new Set([
  platformErrors.FunctionNotFound.status,
  platformErrors.QualifierNotFound.status,
]);

/** What did not begin comes again after a pause, each twice as long as the one before: 25 s in all. */
const firstPauseMs = 100;
const lastPauseMs = 12_800;

/** Brings events of WebSockets to their functions, and tells of those that it cannot. */
export class EventCalls {
  readonly #parts: EventCallParts;
  readonly #pause: (ms: number) => Promise<unknown>;

  constructor(parts: EventCallParts) {
    this.#parts = parts;
    this.#pause = parts.pause ?? ((ms) => delay(ms));
  }

  /** Resolves when the function is done with it: that it failed is for its owner to see, in its log, and the next message may do better. */
  async message(source: EventSource, payload: string): Promise<Sent> {
    const { api } = source;
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      const status = await this.#call(source, api.transport, payload);
      if (noFunction.has(status)) return this.#lose("no-function", api, api.transport);
      if (!noRoom.has(status)) return "sent";
      if (pauseMs > lastPauseMs) return this.#lose("no-room", api, api.transport);
      await this.#pause(pauseMs);
    }
  }

  /** Tells of the end of a connection: at once, or by the queue of asynchronous events where there is no room. */
  async closing(source: EventSource, cleanup: FunctionTarget): Promise<void> {
    const { api } = source;
    const payload = closingEvent(source.connectionId);
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      const status = await this.#call(source, cleanup, payload);
      if (noFunction.has(status)) return void this.#lose("no-function", api, cleanup);
      if (!noRoom.has(status)) return;
      const event = { requestId: newRequestId(), payload, variables: variablesOf(source) };
      const outcome = await this.#leave(cleanup, event);
      if (outcome === "accepted") return;
      if (outcome === "no-function" || pauseMs > lastPauseMs) return void this.#lose(outcome, api, cleanup);
      await this.#pause(pauseMs);
    }
  }

  async #call(
    source: EventSource,
    { namespace, functionName: name, qualifier }: FunctionTarget,
    payload: string,
  ): Promise<number> {
    const target = { namespace, name, qualifier };
    const { record } = await this.#parts.invoker.invoke(
      { requestId: newRequestId(), target, kind: "sync", retry: 0, payload, variables: variablesOf(source) },
      { signal: neverAborted },
    );
    return record.status;
  }

  async #leave(target: FunctionTarget, event: EventOfApi): Promise<"accepted" | WhyLost> {
    try {
      const outcome = await this.#parts.events.accept(target, event);
      return outcome === "missing" ? "no-function" : outcome;
    } catch (error) {
      if (error instanceof PlatformError && error.isRetryable) return "no-store";
      throw error;
    }
  }

  #lose<Why extends WhyLost>(why: Why, api: EventSocketApi, target: FunctionTarget): Why {
    this.#parts.lost.add(why, api, target);
    return why;
  }
}

function variablesOf({ api, trace }: EventSource): Readonly<Record<string, string>> {
  return { ...api.variables, ...traceVariables(trace) };
}

/** A function that got a message sees it through, whether its client stays or not. */
const neverAborted = new AbortController().signal;
