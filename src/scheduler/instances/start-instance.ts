import { limits, type Clock, type FunctionVersion, type LogLine, type PlatformError } from "../../core/index.ts";
import type { AssignedPaths, InitMessage, InitOutcome, RuntimeFailure, Sandbox } from "../../sandbox/index.ts";
import type { UnpackedVersion } from "../catalog/unpack-version.ts";
import type { RoleCredentials } from "../credentials/role-credentials.ts";
import { functionEnvironment, portEnvironment, type EnvironmentFacts } from "./environment.ts";
import { initTimeLimitReached, noSandbox, sandboxLost, toPlatformError } from "./failures.ts";
import { Instance } from "./instance.ts";

/** Where starts get what they need; the same for all functions. */
export interface StartContext {
  /** Takes a started runtime that can serve such a function. */
  takeSandbox(spec: FunctionVersion["spec"], options: { signal: AbortSignal }): Promise<Sandbox>;
  /** Directories with the version's unpacked code and layers. */
  unpack(version: FunctionVersion, options: { signal: AbortSignal }): Promise<UnpackedVersion>;
  readonly facts: Omit<EnvironmentFacts, "instanceId" | "apiUrl" | "credentials">;
  /** Where functions reach the API: known when the server answers, which is after the first services start. */
  readonly apiUrl: Promise<string>;
  readonly credentials: RoleCredentials;
  readonly onLooseLine: (version: FunctionVersion, instanceId: string, line: LogLine) => void;
  readonly clock: Clock;
}

/** An instance that serves, or why there is none. */
export type StartOutcome =
  | { readonly kind: "started"; readonly instance: Instance; readonly port: number | null }
  | { readonly kind: "failed"; readonly error: PlatformError }
  | { readonly kind: "canceled" };

/** A start under way. */
export class Start {
  readonly control = new AbortController();
  /** From here on calling it off throws work away. */
  hasSandbox = false;
}

/** What goes with a start. */
export interface StartOptions {
  /** Of a service: where it is to listen. */
  readonly port?: number | undefined;
  /** INIT has been sent, and what the instance is to do next may go right behind it. Must not throw. */
  readonly onInitSent?: (instance: Instance) => void;
}

/** Sandboxes that one start may lose before their code runs: more, and it is no accident. */
const maxLostSandboxes = 3;

/**
 * The cold path: take a started sandbox, give it the version's code, load the handler. A sandbox whose start
 * failed or was canceled is disposed of; one that the platform lost is replaced.
 */
export async function startInstance(
  version: FunctionVersion,
  context: StartContext,
  start: Start,
  options: StartOptions = {},
): Promise<StartOutcome> {
  const begun = context.clock.monotonic();
  let outcome = await startOnce(version, context, start, begun, options);
  for (let lost = 1; outcome.kind === "lost" && lost < maxLostSandboxes; lost++) {
    outcome = await startOnce(version, context, start, begun, options);
  }
  if (outcome.kind !== "lost") return outcome;
  const message = `Sandboxes of ${version.name} end before its code runs; the log of the platform says more`;
  return { kind: "failed", error: sandboxLost(message, outcome) };
}

async function startOnce(
  version: FunctionVersion,
  context: StartContext,
  start: Start,
  begun: number,
  options: StartOptions,
): Promise<StartOutcome | Lost> {
  const { clock } = context;
  const { signal } = start.control;
  let claim: Claim;
  try {
    claim = await takeBoth(version, context, start);
  } catch (error) {
    return signal.aborted ? { kind: "canceled" } : { kind: "failed", error: noSandbox(error) };
  }
  const { apiUrl, sandbox, unpacked, claimed } = claim;
  const instance = new Instance(version, sandbox, (line) => context.onLooseLine(version, sandbox.id, line));
  instance.credentials = context.credentials.admit(version, sandbox);
  const outcome = await initialize(instance, unpacked, { ...context, apiUrl }, signal, options);
  if (outcome.kind !== "initialized" || signal.aborted) {
    await instance.kill();
    return outcome.kind === "initialized" || signal.aborted ? { kind: "canceled" } : outcome;
  }
  const ready = clock.monotonic();
  instance.serve(ready);
  const { mountedAt } = outcome;
  instance.startTimes = {
    claimUs: microseconds(claimed - begun),
    mountUs: microseconds(mountedAt - claimed),
    initUs: microseconds(ready - mountedAt),
  };
  return { kind: "started", instance, port: outcome.port };
}

interface Claim {
  readonly apiUrl: string;
  readonly sandbox: Sandbox;
  readonly unpacked: UnpackedVersion;
  /** When the sandbox was there. */
  readonly claimed: number;
}

/** A sandbox, and what goes into it: asked for together, so that code which has to be unpacked first is told as mount, not as claim. */
async function takeBoth(version: FunctionVersion, context: StartContext, start: Start): Promise<Claim> {
  const { signal } = start.control;
  const apiUrl = await orAborted(context.apiUrl, signal);
  const unpacking = context.unpack(version, { signal });
  unpacking.catch(() => undefined); // heard below, unless there is no sandbox
  const sandbox = await context.takeSandbox(version.spec, { signal });
  start.hasSandbox = true;
  const claimed = context.clock.monotonic();
  try {
    return { apiUrl, sandbox, unpacked: await unpacking, claimed };
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Whole microseconds of a time in milliseconds, never negative. */
export function microseconds(ms: number): number {
  return ms > 0 ? Math.round(ms * 1000) : 0;
}

type Initialized = { readonly kind: "initialized"; readonly port: number | null; readonly mountedAt: number };
type InitContext = Omit<StartContext, "apiUrl"> & { readonly apiUrl: string };
type Failed = { readonly kind: "failed"; readonly error: PlatformError };
/** Its code did not run, or nobody can tell what became of it. */
type Lost = { readonly kind: "lost" };

async function initialize(
  instance: Instance,
  unpacked: UnpackedVersion,
  context: InitContext,
  canceled: AbortSignal,
  { port, onInitSent }: StartOptions,
): Promise<Initialized | Failed | Lost> {
  const { version, sandbox } = instance;
  const limit = new AbortController();
  const end = (): void => limit.abort();
  const timer = setTimeout(end, version.spec.initTimeoutS * 1000);
  canceled.addEventListener("abort", end, { once: true });
  try {
    const { memoryMb, isOffline = false } = version.spec;
    const { isOverlaid, ...directories } = unpacked;
    const assignment = { ...directories, memoryMb, isOffline };
    const message = {
      ...initMessage(instance, sandbox.paths(assignment), context, port),
      ...(isOverlaid && { isOverlaid }),
    };
    sandbox.channel.prepare(message);
    await sandbox.assign(assignment, limit);
    const mountedAt = context.clock.monotonic();
    const initialized = sandbox.channel.init(message, limit);
    onInitSent?.(instance);
    const outcome: InitOutcome = await initialized;
    if (outcome.kind === "initialized") return { kind: "initialized", port: outcome.port, mountedAt };
    return await causeOf(outcome.failure, instance);
  } catch (error) {
    if (limit.signal.aborted) return { kind: "failed", error: initTimeLimitReached(version, error) };
    // it could not be given its code: because it is gone, or because the host cannot
    return (await instance.hasEnded()) ? { kind: "lost" } : { kind: "failed", error: noSandbox(error) };
  } finally {
    clearTimeout(timer);
    canceled.removeEventListener("abort", end);
  }
}

/** Why its handler did not load. */
async function causeOf(failure: RuntimeFailure, instance: Instance): Promise<Failed | Lost> {
  const isDeath = failure.kind === "exit" || failure.kind === "protocol" || instance.isShortOfMemory;
  const cause = isDeath ? await instance.explainDeath(failure) : failure;
  if (cause.kind === "not-begun" || cause.kind === "lost") return { kind: "lost" };
  return { kind: "failed", error: toPlatformError(cause, instance.version) };
}

function initMessage(
  instance: Instance,
  paths: AssignedPaths,
  { facts, apiUrl }: InitContext,
  port: number | undefined,
): InitMessage {
  const { version } = instance;
  const { spec } = version;
  const { id: instanceId, credentials } = instance;
  const environment = functionEnvironment(version, paths, { ...facts, instanceId, apiUrl, credentials });
  return {
    form: spec.form,
    handler: spec.handler,
    codeRoot: paths.codeRoot,
    ...(spec.layers.length === 0 ? {} : { layersRoot: paths.layersRoot }),
    environment: port === undefined ? environment : { ...environment, ...portEnvironment(port) },
    function: {
      name: version.name,
      namespace: version.namespace,
      version: version.version,
      region: facts.region,
      appId: facts.appId,
      uin: facts.uin,
      memoryMb: spec.memoryMb,
      timeoutMs: spec.timeoutS * 1000,
    },
    maxResultBytes: limits.payload.syncBytes,
    initTimeoutMs: spec.initTimeoutS * 1000,
    ...(port === undefined ? {} : instance.sandbox.address(port)),
  };
}
