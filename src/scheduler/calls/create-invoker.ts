import { PlatformError, type FunctionForm, type InvocationResult } from "../../core/index.ts";
import { stopping } from "../admission/refusals.ts";
import type { Catalog, Resolution } from "../catalog/catalog.ts";
import { requestCanceled } from "../instances/failures.ts";
import type { Instances } from "../instances/instances.ts";
import type { EventInvocation, HttpCall, HttpInvocation, Invocation, Invoker, ServiceSlot } from "../invoker.ts";
import { acquireSlot } from "../services/service-call.ts";
import type { Services } from "../services/services.ts";
import type { CallContext } from "./call-context.ts";
import { EventCall } from "./event-call.ts";
import { failureBody, failureMessage } from "./event-result.ts";
import { HttpFunctionCall } from "./http-call.ts";
import { CallMeter, recordWithoutVersion } from "./usage.ts";

/** What an invoker is made of. */
export interface InvokerParts extends CallContext {
  readonly catalog: Catalog;
  readonly instances: Instances;
  readonly services: Services;
  /** Longest wait for a function whose first revision is being prepared. */
  readonly preparationWaitMs: number;
  isStopping(): boolean;
}

type Preparing = Extract<Resolution, { kind: "preparing" }>;
type Resolved = Exclude<Resolution, Preparing>;

/**
 * The only way to run anything. Each of the three ways reads: resolve the version, admit (which places
 * the call), call, record. The last two are in the call's own class.
 */
export function createInvoker(parts: InvokerParts): Invoker {
  return {
    invoke: (invocation, options) => invoke(parts, invocation, options),
    startHttp(invocation, receiver): HttpCall {
      const call = new HttpFunctionCall(invocation, receiver, parts, newMeter(parts, invocation));
      const resolution = resolve(parts, invocation);
      if (resolution.kind === "preparing") void admitWhenPrepared(parts, invocation, call, resolution);
      else admitHttp(parts, invocation, call, resolution);
      return call;
    },
    acquireService: (invocation, options) => acquireService(parts, invocation, options),
  };
}

async function invoke(
  parts: InvokerParts,
  invocation: EventInvocation,
  options: { signal: AbortSignal },
): Promise<InvocationResult> {
  const meter = newMeter(parts, invocation);
  const resolved = expectForm(await resolvePrepared(parts, invocation, options.signal), "event", invocation);
  if (resolved.kind === "refused") {
    const { error, functionId } = resolved;
    const record = recordWithoutVersion(meter, functionId, error.status);
    return { record, body: failureBody(error, invocation.requestId), errorMessage: failureMessage(error), log: "" };
  }
  const instances = parts.instances.of(resolved.version);
  const { promise, resolve: answer } = Promise.withResolvers<InvocationResult>();
  const call = new EventCall(invocation, instances, parts, meter, answer);
  const cancel = (): void => call.cancel();
  options.signal.addEventListener("abort", cancel, { once: true });
  try {
    instances.admit(call);
    return await promise;
  } finally {
    options.signal.removeEventListener("abort", cancel);
  }
}

/** Synchronous when an instance has a free slot. */
function admitHttp(parts: InvokerParts, invocation: HttpInvocation, call: HttpFunctionCall, found: Resolved): void {
  const resolved = expectForm(found, "http", invocation);
  if (resolved.kind === "version") call.admit(parts.instances.of(resolved.version));
  else call.refuse(resolved.error);
}

async function admitWhenPrepared(
  parts: InvokerParts,
  invocation: HttpInvocation,
  call: HttpFunctionCall,
  preparing: Preparing,
): Promise<void> {
  const resolved = await afterPreparation(parts, invocation, preparing, null);
  if (!call.isCanceled) admitHttp(parts, invocation, call, resolved);
}

function acquireService(
  parts: InvokerParts,
  invocation: Invocation,
  options: { readonly signal: AbortSignal },
): ServiceSlot | Promise<ServiceSlot> {
  const meter = newMeter(parts, invocation);
  const resolution = resolve(parts, invocation);
  if (resolution.kind !== "preparing") return slotOf(parts, invocation, meter, resolution, options);
  const { signal } = options;
  return afterPreparation(parts, invocation, resolution, signal).then((found) =>
    slotOf(parts, invocation, meter, found, { signal }),
  );
}

function slotOf(
  parts: InvokerParts,
  invocation: Invocation,
  meter: CallMeter,
  found: Resolved,
  options: { readonly signal: AbortSignal },
): ServiceSlot | Promise<ServiceSlot> {
  const resolved = expectForm(found, "service", invocation);
  if (resolved.kind === "refused") return Promise.reject(resolved.error);
  return acquireSlot(parts.services.of(resolved.version), parts, meter, options);
}

function newMeter({ clock }: InvokerParts, invocation: Invocation): CallMeter {
  return new CallMeter(invocation, clock.monotonic(), clock.now());
}

function resolve(parts: InvokerParts, invocation: Invocation): Resolution {
  if (parts.isStopping()) return { kind: "refused", functionId: null, error: stopping() };
  return parts.catalog.resolve(invocation.target);
}

async function resolvePrepared(parts: InvokerParts, invocation: Invocation, signal: AbortSignal): Promise<Resolved> {
  if (signal.aborted) return { kind: "refused", functionId: null, error: requestCanceled() };
  const resolution = resolve(parts, invocation);
  if (resolution.kind !== "preparing") return resolution;
  return afterPreparation(parts, invocation, resolution, signal);
}

/** Waits for the function's first revision, bounded; an update that overtakes it begins another preparation. */
async function afterPreparation(
  parts: InvokerParts,
  invocation: Invocation,
  first: Preparing,
  signal: AbortSignal | null,
): Promise<Resolved> {
  const { promise: over, resolve: giveUp } = Promise.withResolvers<void>();
  const wait = { isOver: false };
  const endWait = (): void => {
    wait.isOver = true;
    giveUp();
  };
  const timer = setTimeout(endWait, parts.preparationWaitMs);
  signal?.addEventListener("abort", endWait, { once: true });
  let resolution: Resolution = first;
  while (resolution.kind === "preparing" && !wait.isOver) {
    await Promise.race([resolution.settled, over]);
    resolution = resolve(parts, invocation);
  }
  clearTimeout(timer);
  signal?.removeEventListener("abort", endWait);
  const { functionId } = resolution;
  if (signal?.aborted === true) return { kind: "refused", functionId, error: requestCanceled() };
  if (resolution.kind !== "preparing") return resolution;
  const message = `Function ${invocation.target.name} is still being prepared`;
  return { kind: "refused", functionId, error: new PlatformError("FunctionNotReady", message, { retryAfterS: 1 }) };
}

const callBy: Record<FunctionForm, string> = {
  event: "an event function: call it by the API action Invoke",
  http: "an HTTP function: call it at its domain",
  service: "an HTTP service: call it at its domain",
};

function expectForm(resolved: Resolved, form: FunctionForm, { target }: Invocation): Resolved {
  if (resolved.kind === "refused" || resolved.version.spec.form === form) return resolved;
  const { functionId, spec } = resolved.version;
  const error = new PlatformError("InvalidParameterValue", `Function ${target.name} is ${callBy[spec.form]}`);
  return { kind: "refused", functionId, error };
}
