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
