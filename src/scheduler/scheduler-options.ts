import type { Clock, Logger } from "../core/index.ts";
import type { HostMemory, RuntimePackages, SandboxDriver } from "../sandbox/index.ts";
import type { Store } from "../store/index.ts";
import type { FunctionLogs } from "../telemetry/index.ts";
import type { BuildConfig } from "./builds/builds.ts";
import type { ProgramPackages } from "./pools/warm-pool.ts";
import type { StartTicking } from "./ticker.ts";

/** The settings that the scheduler acts on; docs and defaults are in the server's config. */
export interface SchedulerConfig extends BuildConfig {
  readonly region: string;
  readonly idleStopS: number;
  readonly poolSize: number;
  readonly maxInstances: number;
  readonly maxParallelBoots: number;
  readonly queueLength: number;
  readonly queueWaitS: number;
  readonly drainTimeoutS: number;
  readonly memoryReserveMb: number;
}

/** What the scheduler stands on. */
export interface SchedulerOptions {
  readonly store: Pick<
    Store,
    "account" | "tokenKey" | "catalog" | "changes" | "functions" | "records" | "artifacts" | "builds"
  >;
  readonly driver: SandboxDriver;
  readonly packages: ProgramPackages & Pick<RuntimePackages, "directory" | "list">;
  readonly logs: FunctionLogs;
  readonly config: SchedulerConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where functions reach the API; no instance starts before this is known. */
  readonly apiUrl: Promise<string>;
  /** Time that running calls still have to end, asked at the stop; absent: `drainTimeoutS`. */
  readonly drainMs?: () => number;
  /** Looks at the host's memory; tests say what it finds. */
  readonly readMemory?: () => HostMemory;
  /** What makes time pass; tests tick by hand. */
  readonly startTicking?: StartTicking;
}
