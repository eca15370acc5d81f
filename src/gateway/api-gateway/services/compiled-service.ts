import type {
  EnvironmentName,
  PublishedApi,
  PublishedEnvironment,
  PublishedService,
  ServiceDomain,
  UsagePlan,
} from "../../../core/index.ts";
import { AddressRules } from "../access/address-rules.ts";
import { corsOf, type ApiCors } from "../request/api-cors.ts";
import { customAuthOf, trafficControlsOf, type CustomAuth, type TrafficLimit } from "../access/plugin-settings.ts";
import { plainPath } from "../request/path-of-api.ts";
import { ApiMatcher } from "./api-matcher.ts";

/** A service ready to be looked up; made once per change, never changed. */
export class CompiledService {
  readonly published: PublishedService;
  /** Whether a usage plan of it has one. */
  readonly hasQuota: boolean;
  readonly #environments: ReadonlyMap<string, CompiledEnvironment>;
  readonly #domains: ReadonlyMap<string, ServiceDomain>;

  constructor(published: PublishedService) {
    this.published = published;
    const plans = Object.values(published.environments).flatMap((environment) => environment.plans);
    this.hasQuota = plans.some(({ quota }) => quota !== null);
    this.#environments = new Map(
      Object.entries(published.environments).map(([name, environment]) => [
        name,
        new CompiledEnvironment(name as EnvironmentName, environment), // the keys of that record
      ]),
    );
    this.#domains = new Map(published.domains.map((domain) => [domain.domain, domain]));
  }

  environment(name: string): CompiledEnvironment | null {
    return this.#environments.get(name) ?? null;
  }

  /** Null: the host is its own. */
  domain(hostName: string): ServiceDomain | null {
    return this.#domains.get(hostName) ?? null;
  }

  get domains(): Iterable<string> {
    return this.#domains.keys();
  }
}

/** A key of usage plans, with those that it is bound to. */
export interface PlanKey {
  readonly secretId: string;
  readonly secretKey: string;
  readonly plans: readonly UsagePlan[];
}

export class CompiledEnvironment {
  readonly name: EnvironmentName;
  readonly version: string;
  readonly perSecond: number | null;
  readonly matcher: ApiMatcher<CompiledApi>;
  readonly keys: ReadonlyMap<string, PlanKey>;
  readonly #byId: ReadonlyMap<string, CompiledApi>;

  constructor(name: EnvironmentName, { versionName, perSecond, apis, plans }: PublishedEnvironment) {
    const compiled = apis.map(compileApi);
    this.name = name;
    this.version = versionName;
    this.perSecond = perSecond;
    this.matcher = new ApiMatcher(compiled);
    this.keys = keysOf(plans);
    this.#byId = new Map(compiled.map((api) => [api.apiId, api]));
  }

  api(apiId: string): CompiledApi | null {
    return this.#byId.get(apiId) ?? null;
  }
}

/** An API with what its settings and plugins mean. */
export interface CompiledApi extends PublishedApi {
  readonly addresses: AddressRules;
  readonly cors: ApiCors | null;
  /** Requests per second by all that limits it; null: nothing does. */
  readonly limit: number | null;
  /** Requests per minute, hour or day. */
  readonly windows: readonly TrafficLimit[];
  readonly customAuth: CustomAuth | null;
}

function compileApi(api: PublishedApi): CompiledApi {
  const controls = trafficControlsOf(api.plugins);
  const ofSecond = controls.filter(({ windowS }) => windowS === 1).map(({ limit }) => limit);
  const limits = [api.perSecond, ...ofSecond].filter((limit) => limit !== null);
  return {
    ...api,
    path: plainPath(api.path) ?? api.path,
    addresses: AddressRules.of(api),
    cors: corsOf(api),
    limit: limits.length === 0 ? null : Math.min(...limits),
    windows: controls.filter(({ windowS }) => windowS > 1),
    customAuth: customAuthOf(api.plugins),
  };
}

function keysOf(plans: readonly UsagePlan[]): ReadonlyMap<string, PlanKey> {
  const keys = new Map<string, PlanKey>();
  for (const plan of plans) {
    for (const { secretId, secretKey } of plan.keys) {
      keys.set(secretId, { secretId, secretKey, plans: [...(keys.get(secretId)?.plans ?? []), plan] });
    }
  }
  return keys;
}
