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
export { createScheduler, type Scheduler } from "./scheduler.ts";
