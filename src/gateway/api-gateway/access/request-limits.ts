import type { ApiBackend, Clock, FunctionTarget, UsagePlan } from "../../../core/index.ts";
import type { Refusal } from "../../listener/refusal.ts";
import { TokenBuckets } from "../../protection/token-buckets.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import type { PlanKey } from "../services/compiled-service.ts";
import type { PlanUses } from "./plan-uses.ts";
import type { TrafficLimit } from "./plugin-settings.ts";
import { WindowCounts } from "./window-counts.ts";

/** What is left of the limits of one request; its answer says so. */
export class Rates {
  readonly #pairs: string[] = [];

  /** As `4999/5000`, or `unlimited`. */
  note(name: string, limit: number | null, left: number): void {
    this.#pairs.push(name, limit === null ? "unlimited" : `${Math.max(0, Math.floor(left))}/${limit}`);
  }

  pairs(): readonly string[] {
    return this.#pairs;
  }
}

/** Requests that a function may get in a second, by whichever way. */
export interface FunctionRates {
  checkFunction(namespace: string, name: string, now: number): Refusal | null;
  giveFunctionBack(namespace: string, name: string): void;
}

type Limited = Pick<ApiRequest, "service" | "environment" | "api">;

/** Counts requests against the limits of services, APIs and usage plans. */
export class RequestLimits {
  readonly #buckets = new TokenBuckets();
  readonly #windows = new WindowCounts();
  readonly #uses: PlanUses;
  readonly #functions: FunctionRates;
  readonly #clock: Clock;

  constructor(uses: PlanUses, functions: FunctionRates, clock: Clock) {
    this.#uses = uses;
    this.#functions = functions;
    this.#clock = clock;
  }

  /** What holds for everybody who may call. A request that one limit refuses takes nothing of the others. Null: the request may go on. `now`: by the clock of the day. */
  take({ service, environment, api }: ApiRequest, rates: Rates, now: number): ApiRefusal | null {
    const place = `${service.published.serviceId}/${environment.name}`;
    const ofService = `service ${place}`;
    const problem = this.#rate(rates, "x-service-ratelimit", ofService, environment.perSecond);
    if (problem !== null) return problem;
    const refused = this.#rate(rates, "x-api-ratelimit", `api ${place}/${api.apiId}`, api.limit);
    if (refused !== null) {
      if (environment.perSecond !== null) this.#buckets.giveBack(ofService, environment.perSecond);
      return refused;
    }
    const closed = this.#takeOfWindows(`${place}/${api.apiId}`, api.windows, now);
    if (closed !== null) this.#giveTokensBack({ service, environment, api });
    return closed;
  }

  /** Gives all back that a request took at `takenAt`, which another limit refuses. */
  giveBack(request: Limited, takenAt: number): void {
    this.#giveTokensBack(request);
    this.giveWindowsBack(request, takenAt);
  }

  /** Gives what counts for minutes, hours or days back alone: for a request whose caller was refused only then. Its tokens bound how often that is found out. */
  giveWindowsBack({ service, environment, api }: Limited, takenAt: number): void {
    const key = `${service.published.serviceId}/${environment.name}/${api.apiId}`;
    for (const window of api.windows) this.#windows.giveBack(key, window, takenAt);
  }

  #giveTokensBack({ service, environment, api }: Limited): void {
    const place = `${service.published.serviceId}/${environment.name}`;
    if (environment.perSecond !== null) this.#buckets.giveBack(`service ${place}`, environment.perSecond);
    if (api.limit !== null) this.#buckets.giveBack(`api ${place}/${api.apiId}`, api.limit);
  }

  #takeOfWindows(key: string, windows: readonly TrafficLimit[], now: number): ApiRefusal | null {
    for (const [index, window] of windows.entries()) {
      const waitS = this.#windows.take(key, window, now);
      if (waitS === 0) continue;
      for (const taken of windows.slice(0, index)) this.#windows.giveBack(key, taken, now);
      return rateExceeded(waitS);
    }
    return null;
  }

  /** What holds for the function that the API leads to, by other ways, too. */
  takeOfFunction({ api: { backend } }: Limited): ApiRefusal | null {
    const target = functionOf(backend);
    if (target === null) return null;
    const excess = this.#functions.checkFunction(target.namespace, target.functionName, this.#clock.monotonic());
    return excess === null ? null : functionRateExceeded(excess);
  }

  giveBackOfFunction({ api: { backend } }: Limited): void {
    const target = functionOf(backend);
    if (target !== null) this.#functions.giveFunctionBack(target.namespace, target.functionName);
  }

  /** What holds for a key: of the plans that it has for this API, the first that takes the request counts it. */
  takeOfKey({ api }: ApiRequest, { secretId, plans }: PlanKey, rates: Rates): ApiRefusal | null {
    const own = plans.filter(({ apiIds }) => apiIds === null || apiIds.includes(api.apiId));
    const usable = own.find((plan) => this.#left(plan, secretId) > 0);
    const plan = usable ?? own[0];
    if (plan === undefined) return apiRefusal(401, "HMAC apikey is invalid for API.");
    if (usable === undefined) {
      rates.note("x-usageplan-quota", plan.quota, 0);
      return apiRefusal(429, "API quota exceeded.");
    }
    const problem = this.#rate(rates, "x-usageplan-ratelimit", `key ${plan.planId} ${secretId}`, plan.perSecond);
    if (problem !== null) return problem;
    this.#uses.count(plan.planId, secretId);
    rates.note("x-usageplan-quota", plan.quota, this.#left(plan, secretId));
    return null;
  }

  #left({ planId, quota }: UsagePlan, secretId: string): number {
    return quota === null ? Infinity : quota - this.#uses.used(planId, secretId);
  }

  #rate(rates: Rates, name: string, key: string, perSecond: number | null): ApiRefusal | null {
    if (perSecond === null) {
      rates.note(name, null, 0);
      return null;
    }
    const waitS = this.#buckets.take(key, perSecond, this.#clock.monotonic());
    rates.note(name, perSecond, this.#buckets.left(key));
    if (waitS === 0) return null;
    return rateExceeded(waitS);
  }
}

/** The function that gets a request first; null: none does. */
function functionOf(backend: ApiBackend): FunctionTarget | null {
  switch (backend.kind) {
    case "function":
    case "http-function":
      return backend;
    case "websocket-functions":
      return backend.register;
    case "http":
    case "websocket":
    case "mock":
      return null;
  }
}

function functionRateExceeded({ message, setting, retryAfterS = 1 }: Refusal): ApiRefusal {
  const retryAfter = ["retry-after", String(Math.max(1, Math.ceil(retryAfterS)))];
  return apiRefusal(429, `API rate limit exceeded: ${message} (${setting})`, retryAfter);
}

function rateExceeded(waitS: number): ApiRefusal {
  return apiRefusal(429, "API rate limit exceeded.", ["retry-after", String(Math.max(1, Math.ceil(waitS)))]);
}
