import type { Generated, JSONColumnType } from "kysely";
import type { ApiDefinition, EnvironmentName } from "../../core/index.ts";
import type { ApiContent, ApiObjectContents, BoundKind, ServiceContent, ServiceDomainContent } from "./api-records.ts";

/** The tables of the API gateway, as Kysely sees them. */
export interface ApiGatewaySchema {
  readonly api_services: ApiServiceRow;
  readonly apis: ApiRow;
  readonly api_releases: ApiReleaseRow;
  readonly api_environments: ApiEnvironmentRow;
  readonly api_switches: ApiSwitchRow;
  readonly api_limits: ApiLimitRow;
  readonly api_objects: ApiObjectRow;
  readonly api_bindings: ApiBindingRow;
  readonly api_plan_keys: ApiPlanKeyRow;
  readonly api_domains: ApiDomainRow;
  readonly api_logs: ApiLogRow;
}

interface ApiServiceRow {
  service_id: string;
  content: JSONColumnType<ServiceContent>;
  add_time: number;
  mod_time: number;
}

interface ApiRow {
  api_id: string;
  service_id: string;
  route: string;
  content: JSONColumnType<ApiContent>;
  add_time: number;
  mod_time: number;
}

interface ApiReleaseRow {
  service_id: string;
  version_name: string;
  environment: EnvironmentName;
  description: string;
  apis: JSONColumnType<readonly ApiDefinition[]>;
  released_at: number;
}

interface ApiEnvironmentRow {
  service_id: string;
  environment: EnvironmentName;
  version_name: string;
  since: number;
}

interface ApiSwitchRow {
  service_id: string;
  environment: EnvironmentName;
  version_name: string;
  description: string;
  switched_at: number;
}

interface ApiLimitRow {
  service_id: string;
  environment: EnvironmentName;
  api_id: string;
  per_second: number;
}

interface ApiObjectRow {
  kind: keyof ApiObjectContents;
  object_id: string;
  content: JSONColumnType<ApiObjectContents[keyof ApiObjectContents]>;
  add_time: number;
  mod_time: number;
}

interface ApiBindingRow {
  kind: BoundKind;
  object_id: string;
  service_id: string;
  environment: EnvironmentName;
  api_id: string;
  bound_at: number;
}

interface ApiPlanKeyRow {
  plan_id: string;
  secret_id: string;
  requests: Generated<number>;
  bound_at: number;
}

interface ApiDomainRow {
  domain: string;
  service_id: string;
  content: JSONColumnType<ServiceDomainContent>;
  add_time: number;
  mod_time: number;
}

interface ApiLogRow {
  request_id: string;
  at: number;
  service_id: string;
  api_id: string;
  environment: string;
  host: string;
  path: string;
  method: string;
  scheme: string;
  status: number;
  backend_status: number | null;
  client_address: string;
  backend_address: string;
  key_id: string;
  bytes_in: number;
  bytes_out: number;
  duration_us: number;
  backend_us: number | null;
  error_message: string;
}
