import type { Clock, FunctionVersion, Logger } from "../../core/index.ts";
import type { QueueBounds, WaitingCall } from "../admission/waiting-calls.ts";
import type { CallAhead, CallHead } from "../../sandbox/index.ts";
import type { Freezer } from "../idle/freezer.ts";
import type { Instance, InstanceCall, StartTimes } from "./instance.ts";
import type { StartContext } from "./start-instance.ts";

/** A call of a function that wants a slot. */
export interface PlacedCall extends InstanceCall, WaitingCall {
  /** What it says to an instance that it may be sent to before that is ready; null: it cannot be sent ahead. */
  headFor(instance: Instance): CallHead | null;
  /**
   * It holds a slot. `start`: the start it waited for, null on a warm call; `thawUs`: the thaw before it, 0 without one; `ahead`: it is with the instance
   * already, and holds its slot even if it has ended meanwhile. Must not throw.
   */
  run(instance: Instance, start: StartTimes | null, thawUs: number, ahead: CallAhead | null): void;
}

/** What the instances of all versions share. */
export interface InstanceContext extends QueueBounds {
  readonly start: StartContext;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly idleStopS: number;
  readonly freezer: Freezer;
  /** Stops the longest idle instance of another function; false when there is none. */
  readonly evictIdle: (except: FunctionVersion) => boolean;
}
