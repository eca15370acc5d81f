import type { FunctionStatus } from "../../core/index.ts";
import type { CatalogEntry } from "../../store/index.ts";
import type { ServiceSlot } from "../invoker.ts";
import { findFreePort } from "../services/free-port.ts";
import { entry, requestTo, settle, spec, version } from "./fakes.ts";
import type { TestScheduler } from "./start-scheduler.ts";

/** The service that tests of services run. */
export function app(revision = "r1", status: FunctionStatus = "Active"): CatalogEntry {
  return entry([version("service", { name: "app", revision, spec: spec("service") })], { status });
}

const never = new AbortController().signal;

export async function acquire(test: TestScheduler, signal = never): Promise<ServiceSlot> {
  return test.scheduler.invoker.acquireService(requestTo("app"), { signal });
}

/** How a call ends that went well. */
export const answered = { status: 200, httpStatus: 200, bytesIn: 1, bytesOut: 2, isInstanceLost: false };

export async function deploy(
  test: TestScheduler,
  revision: string,
  status: FunctionStatus = "Updating",
): Promise<void> {
  const next = app(revision, status);
  test.store.entries.set(next.functionId, next);
  await test.store.changes.announce("function", next.functionId);
  await realTurns();
}

/** Looking for a free port takes real turns of the loop: whoever looks later has one later. */
export async function realTurns(): Promise<void> {
  await settle();
  await findFreePort();
  await settle();
}
