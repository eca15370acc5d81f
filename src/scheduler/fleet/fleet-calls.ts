import { PlatformError, type Clock, type Host, type InvocationResult, type Target } from "../../core/index.ts";
import { failureBody, failureMessage } from "../calls/event-result.ts";
import { CallMeter, recordWithoutVersion } from "../calls/usage.ts";
import { requestCanceled } from "../instances/failures.ts";
import type { EventInvocation } from "../invoker.ts";
import type { Scheduler } from "../scheduler.ts";
import type { TrialOutcome } from "../try-start.ts";
import type { Fleet } from "./fleet.ts";
import { HostOutOfReach, type HostClient } from "./host-client.ts";
import { decodeTrial } from "./host-operations.ts";

interface FleetCallParts {
  readonly fleet: Fleet;
  readonly client: HostClient;
  /** Null in a process that runs no functions. */
  readonly scheduler: Pick<Scheduler, "invoker" | "tryStart"> | null;
  readonly clock: Clock;
}

/** Runs what is no HTTP request on the host that has its function, here or elsewhere. */
export class FleetCalls {
  readonly #parts: FleetCallParts;

  constructor(parts: FleetCallParts) {
    this.#parts = parts;
  }

  /** As `Invoker.invoke`: failures of any kind are results. */
  async invoke(invocation: EventInvocation, options: { signal: AbortSignal }): Promise<InvocationResult> {
    const { scheduler, client } = this.#parts;
    try {
      return await this.#onHost(invocation.target, async (host) => {
        if (host === null) return scheduler?.invoker.invoke(invocation, options) ?? Promise.reject(noHost());
        const answer = await client.ask(host, "invoke", JSON.stringify(invocation), options);
        return JSON.parse(answer.toString("utf8")) as InvocationResult; // of a process of ours
      });
    } catch (error) {
      return this.#failed(invocation, options.signal.aborted ? requestCanceled() : error);
    }
  }

  async tryStart(target: Target, options: { signal: AbortSignal }): Promise<TrialOutcome> {
    const { scheduler, client } = this.#parts;
    return this.#onHost(target, async (host) => {
      if (host === null) return scheduler?.tryStart(target, options) ?? Promise.reject(noHost());
      return decodeTrial(await client.ask(host, "try-start", JSON.stringify(target), options));
    });
  }

  /** On the function's host, and the next one while nothing of it has reached a host. `run(null)`: here. */
  async #onHost<Value>(target: Target, run: (host: Host | null) => Promise<Value>): Promise<Value> {
    const { fleet } = this.#parts;
    for (let attempt = 0; attempt <= fleet.hosts.length; attempt++) {
      const host = fleet.place(target.namespace, target.name);
      if (host === null) break;
      try {
        return await run(fleet.isSelf(host) ? null : host);
      } catch (error) {
        if (!(error instanceof HostOutOfReach)) throw error;
        fleet.suspect(host);
      } finally {
        fleet.release(host);
      }
    }
    throw noHost();
  }

  #failed(invocation: EventInvocation, cause: unknown): InvocationResult {
    const { clock } = this.#parts;
    const error =
      cause instanceof PlatformError
        ? cause
        : new PlatformError("InternalError", "The call could not be passed on to its host.", { cause });
    const meter = new CallMeter(invocation, clock.monotonic(), clock.now());
    const record = recordWithoutVersion(meter, null, error.status);
    return { record, body: failureBody(error, invocation.requestId), errorMessage: failureMessage(error), log: "" };
  }
}

/** What is said where no process runs functions. */
function noHost(): PlatformError {
  const message =
    "No process with the role data is in reach, and functions run in those alone: start one on this database.";
  return new PlatformError("InsufficientResources", message, { setting: "GUST_ROLES", retryAfterS: 2 });
}
