import type {
  ApiAuthorization,
  ApiDefinition,
  PublishedApi,
  PublishedEnvironment,
  PublishedService,
  UsagePlan,
} from "../../../core/index.ts";
import type { BindingRecord, BoundKind, ServiceRecord } from "../api-records.ts";
import type { ServedRelease, WrittenServices } from "./written-services.ts";

/** Puts together what the listeners need of one service: what was released, and what acts on it now. */
export function publishService(service: ServiceRecord, written: WrittenServices): PublishedService {
  const { serviceId, name, hostLabel, protocol, takesExtranet, takesIntranet } = service;
  const releases = written.releases.filter((release) => release.serviceId === serviceId);
  const domains = written.domains.filter((domain) => domain.serviceId === serviceId);
  return {
    serviceId,
    name,
    hostLabel,
    protocol,
    takesExtranet,
    takesIntranet,
    environments: Object.fromEntries(
      releases.map((release) => [release.environment, publishEnvironment(release, written)]),
    ),
    domains: domains.map(({ domain, protocol: by, certificateId, paths, netType, isForcedHttps }) => {
      return { domain, protocol: by, certificateId, paths, netType, isForcedHttps };
    }),
  };
}

function publishEnvironment(release: ServedRelease, written: WrittenServices): PublishedEnvironment {
  const { serviceId, environment, versionName, apis } = release;
  const isHere = (one: { readonly environment: string }): boolean => one.environment === environment;
  const limits = written.limits.filter((limit) => limit.service_id === serviceId && isHere(limit));
  const perSecond = (apiId: string) => limits.find((limit) => limit.api_id === apiId)?.per_second ?? null;
  const bindings = written.bindings.filter((binding) => binding.serviceId === serviceId && isHere(binding));
  return {
    versionName,
    perSecond: perSecond(""),
    // What was deleted has nothing that limits it any more, and is not served.
    apis: apis
      .filter(({ apiId }) => written.apis.has(apiId))
      .map((api) => publishApi(api, perSecond(api.apiId), bindings, written)),
    plans: publishPlans(bindings, written),
  };
}

function publishApi(
  api: ApiDefinition,
  perSecond: number | null,
  bindings: readonly BindingRecord[],
  { objects, apis }: WrittenServices,
): PublishedApi {
  const bound = (kind: BoundKind) =>
    bindings.filter((one) => one.kind === kind && (one.apiId === null || one.apiId === api.apiId));
  const contents = <Content>(kind: BoundKind, all: ReadonlyMap<string, Content>) =>
    bound(kind).flatMap(({ objectId }) => {
      const content = all.get(objectId);
      return content === undefined ? [] : [{ id: objectId, ...content }];
    });
  return {
    ...api,
    authorization: authorizationNow(
      api.authorization,
      apis,
      contents("app", objects.app).map(({ key, secret }) => ({ key, secret })),
    ),
    perSecond,
    ipRules: contents("ip-strategy", objects["ip-strategy"]).map(({ kind, ranges }) => ({ kind, ranges })),
    plugins: contents("plugin", objects.plugin).map(({ id: pluginId, type, data }) => ({ pluginId, type, data })),
  };
}

/** Applications are bound to what is released, not released with it; the keys of tokens are what the API that gives them says. */
function authorizationNow(
  authorization: ApiAuthorization,
  givers: WrittenServices["apis"],
  apps: readonly { readonly key: string; readonly secret: string }[],
): ApiAuthorization {
  if (authorization.kind === "app") return { kind: "app", apps };
  if (authorization.kind !== "jwt") return authorization;
  const check = givers.get(authorization.givenBy ?? "") ?? null;
  return check === null ? authorization : { ...authorization, ...check };
}

function publishPlans(bindings: readonly BindingRecord[], { objects, planKeys }: WrittenServices): UsagePlan[] {
  const byPlan = Map.groupBy(
    bindings.filter(({ kind }) => kind === "plan"),
    ({ objectId }) => objectId,
  );
  return [...byPlan].flatMap(([planId, bound]) => {
    const plan = objects.plan.get(planId);
    if (plan === undefined) return [];
    const apiIds = bound.map(({ apiId }) => apiId);
    const keys = planKeys.filter((key) => key.planId === planId);
    return [
      {
        planId,
        perSecond: plan.perSecond,
        quota: plan.quota,
        apiIds: apiIds.includes(null) ? null : apiIds.filter((apiId) => apiId !== null),
        keys: keys.flatMap(({ secretId }) => {
          const key = objects.key.get(secretId);
          return key?.isEnabled === true ? [{ secretId, secretKey: key.secretKey }] : [];
        }),
      },
    ];
  });
}
