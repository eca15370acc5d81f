import type { Clock, FunctionVersion, Logger, PlatformError } from "../../core/index.ts";
import type { QueueBounds, WaitingCall } from "../admission/waiting-calls.ts";
import type { Instance, InstanceCall } from "../instances/instance.ts";
import type { StartContext } from "../instances/start-instance.ts";

/** A call that wants an instance of a service. */
export interface ServiceWaiter extends InstanceCall, WaitingCall {
  /** It holds a slot of a server that listens there. Must not throw. */
  run(instance: Instance, address: { readonly host: string; readonly port: number }): void;
}

/** What the instances of all services share. */
export interface ServiceContext extends QueueBounds {
  readonly start: StartContext;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False: servers of all instances share the host's ports. */
  readonly isolatesNetwork: boolean;
  /** Stops the longest idle instance of a function; false when there is none. */
  readonly evictIdle: (except: FunctionVersion) => boolean;
  readonly idleStopS: number;
  readonly drainTimeoutS: number;
  /** The service would have more instances, but its server insists on one port that they would share. */
  onSingleInstance(version: FunctionVersion, port: number): void;
  /** It has begun to fail, or (null) serves again; the outcome of the first start is not told here. */
  onHealth(version: FunctionVersion, error: PlatformError | null): void;
}
