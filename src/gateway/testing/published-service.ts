import type {
  ApiBackend,
  InvocationResult,
  PublishedApi,
  PublishedEnvironment,
  PublishedService,
  FunctionId,
} from "../../core/index.ts";
import type { EventInvocation } from "../../scheduler/index.ts";
import type { ChangeListener, PlanUse } from "../../store/index.ts";
import type { ApiGatewaySource } from "../api-gateway/api-gateway-source.ts";

/** Host of the service of `publishedService`. */
export const serviceHost = "service-abcd1234-1250000000.localhost";

export const eventBackend: Extract<ApiBackend, { kind: "function" }> = {
  kind: "function",
  namespace: "default",
  functionName: "event",
  qualifier: "$DEFAULT",
  isIntegratedResponse: true,
  isBase64Encoded: false,
  isAsync: false,
};

export const httpFunction: ApiBackend = {
  kind: "http-function",
  namespace: "default",
  functionName: "hello",
  qualifier: "$DEFAULT",
};

/** An API that anybody may call; its id is `api-` and its name. */
export function publishedApi(name: string, settings: Partial<PublishedApi> = {}): PublishedApi {
  return {
    apiId: `api-${name}`,
    name,
    protocol: "HTTP",
    method: "ANY",
    path: `/${name}`,
    isExactPath: false,
    authorization: { kind: "none" },
    allowsCors: false,
    parameters: [],
    constants: [],
    backend: { kind: "mock", body: name },
    timeoutS: 15,
    convertedCodes: [],
    perSecond: null,
    ipRules: [],
    plugins: [],
    ...settings,
  };
}

/** A service that is released with these APIs. */
export function publishedService(
  apis: readonly PublishedApi[],
  settings: Partial<PublishedService & PublishedEnvironment> = {},
): PublishedService {
  const { perSecond = null, plans = [], ...own } = settings;
  return {
    serviceId: "service-abcd1234",
    name: "shop",
    hostLabel: "service-abcd1234-1250000000",
    protocol: "http&https",
    takesExtranet: true,
    takesIntranet: true,
    environments: { release: { versionName: "v1", perSecond, apis, plans } },
    domains: [],
    ...own,
  };
}

/** A store of services in memory. */
export interface FakeServices extends ApiGatewaySource {
  readonly uses: PlanUse[];
  readonly accepted: Parameters<ApiGatewaySource["events"]["accept"]>[0][];
  /** Publishes the service anew and tells it. Null: it is gone. */
  publish(service: PublishedService | null, serviceId?: string): Promise<void>;
}

export function fakeServices(...published: readonly PublishedService[]): FakeServices {
  const services = new Map(published.map((service) => [service.serviceId, service]));
  const listeners: ChangeListener[] = [];
  const uses: PlanUse[] = [];
  const accepted: FakeServices["accepted"] = [];
  return {
    uses,
    accepted,
    apiGateway: {
      published: {
        load: (id) => Promise.resolve(services.get(id) ?? null),
        loadAll: () => Promise.resolve([...services.values()]),
        loadUse: () => Promise.resolve(uses),
        addUse: (added) => {
          for (const use of added) {
            const at = uses.findIndex((one) => one.planId === use.planId && one.secretId === use.secretId);
            const { requests: before } = uses[at] ?? { requests: 0 };
            uses.splice(at < 0 ? uses.length : at, 1, { ...use, requests: before + use.requests });
          }
          return Promise.resolve();
        },
      },
    },
    changes: {
      subscribe: (_topic, listener) => {
        listeners.push(listener);
        return { [Symbol.dispose]() {} };
      },
    },
    functions: { find: () => Promise.resolve(null) },
    events: {
      accept: (event) => {
        accepted.push(event);
        return Promise.resolve("accepted");
      },
    },
    publish: async (service, serviceId = "service-abcd1234") => {
      if (service === null) services.delete(serviceId);
      else services.set(service.serviceId, service);
      for (const listener of listeners) await listener.changed(serviceId);
    },
  };
}

/** How a call of an event function ended. */
export function resultOf(
  { requestId, target, kind, retry }: EventInvocation,
  { status = 200, body = "" }: { readonly status?: number; readonly body?: string },
): InvocationResult {
  const times = { queueUs: 0, claimUs: 0, mountUs: 0, initUs: 0, thawUs: 0, runUs: 0 };
  const sizes = { memoryMb: 128, memoryBytes: 0, bytesIn: 0, bytesOut: 0, networkBytesOut: 0 };
  const call = { requestId, kind, retry, version: "$LATEST", form: "event", isCold: false } as const;
  const { namespace, name, qualifier } = target;
  const of = { functionId: "lam-a" as FunctionId, namespace, name, qualifier }; // brand: a made-up one
  const record = { ...times, ...sizes, ...call, ...of, startedAt: 0, durationUs: 0, httpStatus: 0, status };
  return { record, body, errorMessage: status === 200 ? "" : "it failed", log: "" };
}
