export type {
  EventInvocation,
  HttpCall,
  HttpInvocation,
  HttpReceiver,
  Invocation,
  Invoker,
  Route,
  Routes,
  ServiceSlot,
} from "./invoker.ts";
export { createScheduler, type Scheduler, type SchedulerConfig, type SchedulerOptions } from "./scheduler.ts";
export type { SchedulerStatus, VersionStatus } from "./status.ts";
