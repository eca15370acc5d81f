import type { Clock } from "../../core/index.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Recorder } from "./usage.ts";

/** What every call of a function works with. */
export interface CallContext {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly recorder: Recorder;
}
