import { PlatformError, type FunctionId, type FunctionVersion } from "../../core/index.ts";
import { ServedRevisions } from "../instances/served-revisions.ts";
import type { ServiceContext } from "./service-context.ts";
import { ServiceInstances } from "./service-instances.ts";

/** The instances of all services, by served revision. */
export class Services {
  readonly #context: ServiceContext;
  readonly #served: ServedRevisions<ServiceInstances>;
  /** Revisions that finish what they have. */
  readonly #retired = new Set<ServiceInstances>();

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#served = new ServedRevisions((version) => new ServiceInstances(version, context));
  }

  of(version: FunctionVersion): ServiceInstances {
    return this.#served.of(version);
  }

  all(): Iterable<ServiceInstances> {
    return [...this.#served.all(), ...this.#retired];
  }

  /**
   * Brings up a new revision: beside the one it follows, which serves until the new one is ready; or, when
   * that one insists on a port they would share, after it has stopped. `switchOver` makes the new one take
   * the calls; at once when it follows none, so that they share the outcome of its start. Resolves with why
   * it does not serve, null when it does.
   */
  async bringUp(
    next: FunctionVersion,
    previous: FunctionVersion | null,
    switchOver: () => void,
    options: { signal: AbortSignal },
  ): Promise<PlatformError | null> {
    const before = previous === null ? undefined : this.#served.get(previous);
    const instances = this.of(next);
    if (before?.insistsOnPort === true) {
      const { name, namespace } = next;
      const sentence = "Its server insists on one port: the old revision stops before the new one starts";
      this.#context.logger.info({ function: name, namespace }, sentence);
      // switching retires the old revision; the new one holds waiting calls until the port is free
      void instances.holdUntil(before.gone);
      switchOver();
      return instances.firstStart;
    }
    instances.start();
    if (previous === null) {
      switchOver();
      return firstOf(instances.firstStart, options.signal);
    }
    const error = await firstOf(instances.firstStart, options.signal);
    if (error === null && !options.signal.aborted) switchOver();
    else this.drop(next);
    return error;
  }

  /** Gives up a revision that is not served (any more). */
  drop(version: FunctionVersion, error: PlatformError = replaced(version)): void {
    const instances = this.#served.remove(version);
    if (instances === undefined) return;
    this.#retired.add(instances);
    instances.retire(error);
  }

  /** From now on only these versions of the function are served, `residents` among them without being asked. */
  serveOnly(
    functionId: FunctionId,
    versions: ReadonlySet<FunctionVersion>,
    residents: ReadonlySet<FunctionVersion>,
    upcoming: string | null,
  ): void {
    for (const version of this.#served.versionsOf(functionId)) {
      if (!versions.has(version) && version.revision !== upcoming) this.drop(version);
    }
    for (const version of versions) {
      if (version.spec.form !== "service") continue;
      if (residents.has(version)) this.of(version).setResident(true);
      else this.#served.get(version)?.setResident(false);
    }
  }

  tick(now: number): void {
    for (const instances of this.#served.all()) instances.tick(now);
    for (const instances of this.#retired) {
      instances.tick(now);
      if (instances.isOver) this.#retired.delete(instances);
    }
  }

  /** Takes no more calls: waiting ones are refused, running ones go on. */
  close(error: PlatformError): void {
    for (const version of this.#served.versions()) this.drop(version, error);
  }

  async stopAll(graceMs: number): Promise<void> {
    await Promise.all(Array.from(this.all(), (instances) => instances.stopAll(graceMs)));
  }
}

function replaced({ name }: FunctionVersion): PlatformError {
  return new PlatformError("FunctionNotReady", `Service ${name} has changed or is gone; try again`, { retryAfterS: 1 });
}

/** The first start's outcome, or null as soon as nobody wants it any more. */
function firstOf(start: Promise<PlatformError | null>, signal: AbortSignal): Promise<PlatformError | null> {
  const { promise: unwanted, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener("abort", () => resolve(null), { once: true });
  return Promise.race([start, unwanted]);
}
