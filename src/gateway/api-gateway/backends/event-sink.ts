import { limits, type Clock, type FunctionTarget, type RequestId } from "../../../core/index.ts";
import type { EventQueue, FunctionTable } from "../../../store/index.ts";

/** An event that nobody waits for. */
export interface EventOfApi {
  readonly requestId: RequestId;
  /** JSON text. */
  readonly payload: string;
  /** Of its call. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Takes events of APIs whose back end answers nobody. */
export interface EventSink {
  /** Durable when it resolves to `accepted`. Rejects with a `PlatformError` while the store is away. */
  accept(target: FunctionTarget, event: EventOfApi): Promise<"accepted" | "missing" | "full">;
}

interface SinkParts {
  readonly functions: Pick<FunctionTable, "find">;
  readonly events: Pick<EventQueue, "accept">;
  readonly clock: Clock;
}

/** Leaves events to the queue, as the asynchronous `Invoke` does. */
export function openEventSink({ functions, events, clock }: SinkParts): EventSink {
  return {
    async accept({ namespace, functionName: name, qualifier }, { requestId, payload, variables }) {
      const record = await functions.find(namespace, name);
      if (record === null) return "missing";
      const acceptedAt = clock.now();
      return events.accept({
        requestId,
        functionId: record.functionId,
        namespace,
        name,
        qualifier,
        payload,
        variables,
        routingKey: null,
        acceptedAt,
        expiresAt: acceptedAt + limits.async.maxTtlS * 1_000,
        maxRetries: limits.async.retries,
      });
    },
  };
}
