import { limits, type Clock, type FunctionTarget, type RequestId } from "../../../core/index.ts";
import type { EventQueue, FunctionTable } from "../../../store/index.ts";

/** Takes events of APIs whose back end answers nobody. */
export interface EventSink {
  /** Durable when it resolves to `accepted`. */
  accept(target: FunctionTarget, payload: string, requestId: RequestId): Promise<"accepted" | "missing" | "full">;
}

interface SinkParts {
  readonly functions: Pick<FunctionTable, "find">;
  readonly events: Pick<EventQueue, "accept">;
  readonly clock: Clock;
}

/** Leaves events to the queue, as the asynchronous `Invoke` does. */
export function openEventSink({ functions, events, clock }: SinkParts): EventSink {
  return {
    async accept({ namespace, functionName: name, qualifier }, payload, requestId) {
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
        source: "apigw",
        routingKey: null,
        acceptedAt,
        expiresAt: acceptedAt + limits.async.maxTtlS * 1_000,
        maxRetries: limits.async.retries,
      });
    },
  };
}
