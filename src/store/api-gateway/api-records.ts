import type { ApiDefinition, EnvironmentName, PublishedService, ServiceDomain } from "../../core/index.ts";
import type { PublishedServices } from "./published-services.ts";
import type { ApiLogTable } from "../logs/api-logs.ts";

/** What the cloud API writes of the API gateway. Times are milliseconds since 1970. */
export interface ApiGatewayTables {
  readonly services: ServiceTable;
  readonly apis: ApiTable;
  readonly releases: ReleaseTable;
  readonly limits: ApiLimitTable;
  readonly plans: ApiObjectTable<PlanContent>;
  readonly keys: ApiObjectTable<KeyContent>;
  readonly planKeys: PlanKeyTable;
  readonly ipStrategies: ApiObjectTable<IpStrategyContent>;
  readonly plugins: ApiObjectTable<PluginContent>;
  readonly apps: ApiObjectTable<AppContent>;
  readonly bindings: BindingTable;
  readonly domains: ServiceDomainTable;
  readonly logs: ApiLogTable;
  /** What the listeners read. */
  readonly published: PublishedServices;
}

interface Times {
  readonly addTime: number;
  readonly modTime: number;
}

type Tags = readonly { readonly Key: string; readonly Value: string }[];

export interface ServiceContent extends Pick<
  PublishedService,
  "name" | "hostLabel" | "protocol" | "takesExtranet" | "takesIntranet"
> {
  readonly description: string;
  readonly tags: Tags;
}

export type ServiceRecord = ServiceContent & Times & { readonly serviceId: string };

export interface ServiceTable {
  create(serviceId: string, content: ServiceContent, limit: number): Promise<"created" | "limit">;
  find(serviceId: string): Promise<ServiceRecord | null>;
  /** All, the newest first. */
  list(): Promise<readonly ServiceRecord[]>;
  update(serviceId: string, change: Partial<ServiceContent>): Promise<boolean>;
  /** `released`: an environment serves it. */
  delete(serviceId: string): Promise<"deleted" | "missing" | "released">;
}

/** An API as it is edited. */
export interface ApiContent {
  readonly definition: ApiDefinition;
  /** The fields of CreateApi, for whoever asks for them. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The API whose key checks the tokens that this one asks for. */
  readonly authorizedBy: string | null;
  /** How tokens are checked for those that name this one. */
  readonly oauth: TokenCheck | null;
}

export interface TokenCheck {
  readonly publicKey: string;
  readonly place: "header" | "query";
  readonly name: string;
  readonly loginUrl: string | null;
}

export type ApiRecord = ApiContent & Times & { readonly apiId: string; readonly serviceId: string };

export interface ApiTable {
  create(
    api: { readonly apiId: string; readonly serviceId: string; readonly route: string; readonly content: ApiContent },
    limit: number,
  ): Promise<"created" | "conflict" | "limit" | "service-missing">;
  find(serviceId: string, apiId: string): Promise<ApiRecord | null>;
  /** All of a service, the newest first. */
  list(serviceId: string): Promise<readonly ApiRecord[]>;
  update(apiId: string, route: string, content: ApiContent): Promise<"updated" | "conflict" | "missing">;
  delete(apiId: string): Promise<boolean>;
}

/** One release of a service: what its APIs were. */
export interface ReleaseRecord {
  readonly versionName: string;
  readonly environment: EnvironmentName;
  readonly description: string;
  readonly releasedAt: number;
}

interface EnvironmentRecord {
  readonly environment: EnvironmentName;
  readonly versionName: string;
  readonly since: number;
  readonly apiIds: readonly string[];
}

/**
 * What a release is made of: the APIs as they are edited, the newest first, and what its environment serves so far.
 * Called under the lock of the service, so that releases at the same time keep what the other one released. Null: nothing is to change;
 * none: the environment serves the service no more.
 */
export type ChooseReleased = (
  edited: readonly ApiRecord[],
  served: readonly ApiDefinition[],
) => readonly ApiDefinition[] | null;

export interface ReleaseTable {
  /** Keeps the release and makes its environment serve it. What `choose` throws is passed on, and nothing is kept. */
  release(
    serviceId: string,
    release: ReleaseRecord,
    choose: ChooseReleased,
  ): Promise<"released" | "unchanged" | "missing">;
  /** Makes an environment serve a release that there was, and keeps why. */
  switchTo(
    serviceId: string,
    again: Pick<ReleaseRecord, "environment" | "versionName" | "description">,
  ): Promise<"switched" | "missing">;
  unrelease(serviceId: string, environment: EnvironmentName): Promise<boolean>;
  /** Of a service, the newest first; with what was said of one when it was served again. */
  list(serviceId: string): Promise<readonly ReleaseRecord[]>;
  /** What environments of a service were made to serve, by a release or back to one, the newest first. */
  history(serviceId: string): Promise<readonly ReleaseRecord[]>;
  /** Those that serve something. */
  environments(serviceId: string): Promise<readonly EnvironmentRecord[]>;
}

interface ApiLimit {
  readonly environment: EnvironmentName;
  /** Null: the whole environment. */
  readonly apiId: string | null;
  readonly perSecond: number;
}

export interface ApiLimitTable {
  list(serviceId: string): Promise<readonly ApiLimit[]>;
  /** Null takes the limit away. */
  set(
    serviceId: string,
    environment: EnvironmentName,
    apiIds: readonly (string | null)[],
    perSecond: number | null,
  ): Promise<void>;
}

export interface PlanContent {
  readonly name: string;
  readonly description: string;
  /** Requests per second of one key; null: no limit. */
  readonly perSecond: number | null;
  /** Requests of one key in all; null: no limit. */
  readonly quota: number | null;
  readonly tags: Tags;
}

export interface KeyContent {
  readonly name: string;
  readonly type: "auto" | "manual";
  readonly secretKey: string;
  readonly isEnabled: boolean;
  readonly tags: Tags;
}

export interface IpStrategyContent {
  readonly serviceId: string;
  readonly name: string;
  readonly kind: "allow" | "deny";
  readonly ranges: readonly string[];
}

export interface PluginContent {
  readonly name: string;
  readonly type: "IPControl" | "TrafficControl" | "Cors" | "CustomAuth";
  readonly data: Readonly<Record<string, unknown>>;
  readonly description: string;
  readonly tags: Tags;
}

export interface AppContent {
  readonly name: string;
  readonly description: string;
  readonly key: string;
  readonly secret: string;
}

export interface ApiObjectContents {
  readonly plan: PlanContent;
  readonly key: KeyContent;
  readonly "ip-strategy": IpStrategyContent;
  readonly plugin: PluginContent;
  readonly app: AppContent;
}

export type ApiObject<Content> = Times & { readonly id: string; readonly content: Content };

export interface ApiObjectTable<Content> {
  create(id: string, content: Content, limit: number): Promise<"created" | "exists" | "limit">;
  find(id: string): Promise<ApiObject<Content> | null>;
  /** All, the newest first. */
  list(): Promise<readonly ApiObject<Content>[]>;
  update(id: string, change: Partial<Content>): Promise<boolean>;
  delete(id: string): Promise<boolean>;
}

export type BoundKind = Exclude<keyof ApiObjectContents, "key">;

export interface Binding {
  readonly objectId: string;
  readonly serviceId: string;
  readonly environment: EnvironmentName;
  /** Null: all APIs of the service. */
  readonly apiId: string | null;
}

export type BindingRecord = Binding & { readonly kind: BoundKind; readonly boundAt: number };

export interface BindingTable {
  /** Binds; what is bound already stays. False: an object or service is not there any more. */
  bind(kind: BoundKind, bindings: readonly Binding[]): Promise<boolean>;
  /** How many there were. */
  unbind(kind: BoundKind, bindings: readonly Binding[]): Promise<number>;
  ofObject(kind: BoundKind, objectId: string): Promise<readonly BindingRecord[]>;
  ofService(kind: BoundKind, serviceId: string): Promise<readonly BindingRecord[]>;
}

export interface PlanKey {
  readonly planId: string;
  readonly secretId: string;
  readonly requests: number;
}

export interface PlanKeyTable {
  bind(planId: string, secretIds: readonly string[]): Promise<void>;
  unbind(planId: string, secretIds: readonly string[]): Promise<void>;
  ofPlan(planId: string): Promise<readonly PlanKey[]>;
  ofKey(secretId: string): Promise<readonly PlanKey[]>;
}

export type ServiceDomainContent = Omit<ServiceDomain, "domain">;

export type ServiceDomainRecord = ServiceDomainContent &
  Times & { readonly domain: string; readonly serviceId: string };

export interface ServiceDomainTable {
  /** `leads-to-functions`: it is a custom domain; a domain leads to one or the other. */
  create(
    domain: string,
    serviceId: string,
    content: ServiceDomainContent,
    limit: number,
  ): Promise<"created" | "exists" | "leads-to-functions" | "limit" | "service-missing">;
  find(domain: string): Promise<ServiceDomainRecord | null>;
  list(serviceId: string): Promise<readonly ServiceDomainRecord[]>;
  update(domain: string, change: Partial<ServiceDomainContent>): Promise<boolean>;
  delete(domain: string): Promise<boolean>;
}
