import type { DomainInfo, GustClient } from "../../../sdk/src/index.ts";

/** What leads to a function. */
export interface LeadsThere {
  /** `GET /path of the service NAME (api-…)`, as it is edited. */
  readonly apis: readonly string[];
  /** `www.example.com/*`. */
  readonly domains: readonly string[];
  /** Function URLs and APIs of triggers, which go with their function. */
  readonly triggers: readonly string[];
}

interface FunctionName {
  readonly namespace: string;
  readonly name: string;
}

const product = { service: "apigateway", version: "2018-08-08" } as const;
const pageSize = 100;

/** APIs that are asked for their back end at a time. */
const askedAtOnce = 8;

export async function whatLeadsTo(of: FunctionName, client: GustClient, signal: AbortSignal): Promise<LeadsThere> {
  const fields = { FunctionName: of.name, Namespace: of.namespace, Limit: 1_000 };
  const { Triggers: triggers } = await client.request("ListTriggers", fields, { signal });
  const own = triggers.filter(({ Type: type }) => type === "apigw").map(({ TriggerDesc: text }) => text);
  const apis = await apisOf(of, client, signal);
  return {
    apis: apis.filter(({ id }) => !own.some((text) => text.includes(id))).map(({ said }) => said),
    domains: await domainsOf(of, client, signal),
    triggers: triggers.map(({ TriggerName: name, Type: type }) => `${name} (${type})`),
  };
}

/** Null: nothing. */
export function sayWhatLeads({ apis, domains, triggers }: LeadsThere, what: string): string | null {
  const kept = [...apis.map((api) => `the API ${api}`), ...domains.map((domain) => `the domain ${domain}`)];
  const parts = [
    ...(kept.length === 0 ? [] : [`${kept.join(", ")}: they lead to ${what}, stay, and will find nothing`]),
    ...(triggers.length === 0 ? [] : [`deleted with ${what}: its triggers ${triggers.join(", ")}`]),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}

interface Api {
  readonly id: string;
  readonly said: string;
}

async function apisOf(of: FunctionName, client: GustClient, signal: AbortSignal): Promise<Api[]> {
  const services = await listAll("DescribeServicesStatus", {}, "ServiceSet", client, signal);
  const found: Api[] = [];
  for (const { ServiceId, ServiceName } of services) {
    const apis = await listAll("DescribeApisStatus", { ServiceId }, "ApiIdStatusSet", client, signal);
    for (let at = 0; at < apis.length; at += askedAtOnce) {
      const some = apis.slice(at, at + askedAtOnce);
      const asked = some.map(({ ApiId }) => client.call("DescribeApi", { ServiceId, ApiId }, { signal, product }));
      for (const [index, { Result: api }] of (await Promise.all(asked)).entries()) {
        if (!leadsTo(Object(api), of)) continue;
        const [id, method, path] = ["ApiId", "Method", "Path"].map((field) => String(some[index]?.[field]));
        found.push({ id: id ?? "", said: `${method} ${path} of the service ${String(ServiceName)} (${id})` });
      }
    }
  }
  return found;
}

/** Whether a function of the API, such as `ServiceScfFunctionName`, is this one. */
function leadsTo(api: Readonly<Record<string, unknown>>, { namespace, name }: FunctionName): boolean {
  return Object.entries(api).some(([field, value]) => {
    if (value !== name || !field.startsWith("Service") || !field.endsWith("FunctionName")) return false;
    return (api[`${field}space`] || "default") === namespace; // ServiceScfFunctionNamespace and the like
  });
}

async function domainsOf(of: FunctionName, client: GustClient, signal: AbortSignal): Promise<string[]> {
  const domains: DomainInfo[] = [];
  for (;;) {
    const page = { Offset: domains.length, Limit: pageSize };
    const { Domains: found, Total: total } = await client.request("ListCustomDomains", page, { signal });
    domains.push(...found);
    if (found.length === 0 || domains.length >= total) break;
  }
  return domains.flatMap(({ Domain: domain, EndpointsConfig: endpoints }) =>
    endpoints
      .filter((one) => one.FunctionName === of.name && one.Namespace === of.namespace)
      .map(({ PathMatch: path }) => `${domain}${path}`),
  );
}

/** All entries of a list of the API gateway. */
async function listAll(
  action: string,
  fields: Readonly<Record<string, unknown>>,
  list: string,
  client: GustClient,
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (;;) {
    const page = { ...fields, Offset: all.length, Limit: pageSize };
    const { Result: result } = await client.call(action, page, { signal, product });
    const { TotalCount: total, [list]: found } = Object(result);
    all.push(...found);
    if (found.length === 0 || all.length >= total) return all;
  }
}
