export type {
  EventInvocation,
  HttpCall,
  HttpInvocation,
  HttpReceiver,
  Invocation,
  Invoker,
  ServiceSlot,
} from "./invoker.ts";
export type { Route, Routes } from "./catalog/routes.ts";
export { createScheduler, type Scheduler } from "./scheduler.ts";
export { FleetCalls } from "./fleet/fleet-calls.ts";
export { Fleet } from "./fleet/fleet.ts";
export { FleetStatus } from "./fleet/fleet-status.ts";
export { HostClient, HostOutOfReach } from "./fleet/host-client.ts";
export { HostPulse } from "./fleet/host-pulse.ts";
export { dataOperations, sharedOperations, type HostOperation } from "./fleet/host-operations.ts";
