import type { FunctionVersion, PlatformError, Target } from "../core/index.ts";
import type { Capacity } from "./admission/capacity.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { Start, startInstance, type StartContext } from "./instances/start-instance.ts";

/** How a start on trial went. */
export type TrialOutcome =
  | { readonly kind: "started" }
  | { readonly kind: "failed"; readonly error: PlatformError }
  /** Nothing is known of the function: there is no room now, or it is none that a call starts. */
  | { readonly kind: "untried"; readonly reason: string };

interface TrialContext {
  readonly catalog: Pick<Catalog, "resolve">;
  readonly start: StartContext;
  readonly capacity: Capacity;
}

/**
 * Starts an instance as the first call would (code, layers, environment, limits) and ends it at once, so that what is missing
 * is known before somebody calls. Calls never get this instance, and their starts are not held back by what it finds.
 */
export async function tryStart(
  target: Target,
  context: TrialContext,
  options: { signal: AbortSignal },
): Promise<TrialOutcome> {
  const found = context.catalog.resolve(target);
  if (found.kind === "version") return tryVersion(found.version, context, options);
  return { kind: "untried", reason: "it is not served now" };
}

async function tryVersion(
  version: FunctionVersion,
  { start, capacity }: TrialContext,
  { signal }: { signal: AbortSignal },
): Promise<TrialOutcome> {
  const { form, memoryMb } = version.spec;
  if (form === "service") return { kind: "untried", reason: "a service is started by its deployment" };
  // a trial takes nobody's place
  if (capacity.isFullOfInstances || !capacity.takeMemory(memoryMb)) {
    return { kind: "untried", reason: "this host is full of instances" };
  }
  capacity.addInstance();
  const trial = new Start();
  const cancel = (): void => trial.control.abort();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (signal.aborted) cancel();
    const outcome = await startInstance(version, start, trial);
    if (outcome.kind === "canceled") return { kind: "untried", reason: "it was called off" };
    if (outcome.kind === "started") await outcome.instance.kill();
    else if (outcome.error.fault !== "function") return { kind: "untried", reason: outcome.error.message };
    return outcome.kind === "started" ? { kind: "started" } : outcome;
  } finally {
    signal.removeEventListener("abort", cancel);
    capacity.giveMemory(memoryMb);
    capacity.removeInstance();
  }
}
