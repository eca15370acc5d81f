import type { Generated, JSONColumnType } from "kysely";
import type {
  FunctionSpec,
  FunctionStatus,
  LogLine,
  MatchedVersion,
  TriggerSettings,
  WeightedVersion,
} from "../../core/index.ts";
import type { ApiGatewaySchema } from "../api-gateway/api-gateway-schema.ts";
import type { CertificateRecord } from "../certificates/certificates.ts";
import type { CustomDomain } from "../domains/custom-domains.ts";
import type { LayerVersionRecord } from "../layers/layer-versions.ts";
import type { StatusReason } from "../store.ts";

/** JSON text in, parsed value out. */
type Json<Value extends object | null> = JSONColumnType<Value>;

/** The tables of `migrations/`, as Kysely sees them. */
export interface Schema extends ApiGatewaySchema {
  readonly account: AccountRow;
  readonly namespaces: NamespaceRow;
  readonly functions: FunctionRow;
  readonly versions: VersionRow;
  readonly aliases: AliasRow;
  readonly layers: LayerRow;
  readonly layer_versions: LayerVersionRow;
  readonly builds: BuildRow;
  readonly triggers: TriggerRow;
  readonly custom_domains: CustomDomainRow;
  readonly certificates: CertificateRow;
  readonly acme_accounts: AcmeAccountRow;
  readonly hosts: HostRow;
  readonly preparations: PreparationRow;
  readonly events: EventRow;
  readonly event_outcomes: EventOutcomeRow;
  readonly usage: UsageRow;
  readonly logs: LogTableRow;
}

interface AccountRow {
  app_id: string;
  uin: string;
  secret_id: string;
  secret_key: string;
  token_secret: string | null;
}

interface NamespaceRow {
  name: string;
  description: string;
  add_time: number;
  mod_time: number;
}

interface CodeColumns {
  revision: string;
  spec: Json<FunctionSpec>;
  code_sha256: string;
  code_size: number;
  layer_sha256s: string[];
}

/** What serves a function whose newest revision does not, or not yet. */
interface ServedRevision {
  readonly revision: string;
  readonly spec: FunctionSpec;
  readonly code_sha256: string;
  readonly code_size: number;
}

interface FunctionRow extends CodeColumns {
  function_id: string;
  namespace: string;
  name: string;
  status: FunctionStatus;
  status_reasons: Json<StatusReason[]>;
  domain_label: string;
  add_time: number;
  mod_time: number;
  description: string;
  runtime: string;
  type: string;
  tags: Json<object>;
  served: Json<ServedRevision> | null;
  last_version: Generated<number>;
}

interface VersionRow extends CodeColumns {
  function_id: string;
  number: number;
  description: string;
  add_time: number;
  mod_time: number;
  status: FunctionStatus;
}

interface AliasRow {
  function_id: string;
  name: string;
  description: string;
  version: string;
  weighted: Json<WeightedVersion[]>;
  matched: Json<MatchedVersion[]>;
  add_time: number;
  mod_time: number;
}

interface LayerRow {
  name: string;
  last_version: number;
}

interface LayerVersionRow {
  name: string;
  number: number;
  description: string;
  license: string;
  compatible_runtimes: string[];
  tags: Json<LayerVersionRecord["tags"]>;
  add_time: number;
  code_sha256: string;
  code_size: number;
  unpacked_bytes: number;
}

interface BuildRow {
  source_sha256: string;
  kind: string;
  interpreter: string;
  result_sha256: string | null;
  note: string;
  made_at: number;
}

interface TriggerRow {
  trigger_id: string;
  function_id: string;
  qualifier: string;
  type: string;
  name: string;
  settings: Json<TriggerSettings>;
  host_label: string | null;
  description: string;
  custom_argument: string;
  is_enabled: boolean;
  add_time: number;
  mod_time: number;
}

interface CustomDomainRow {
  domain: string;
  protocol: CustomDomain["protocol"];
  endpoints: Json<CustomDomain["endpoints"]>;
  certificate_id: string;
  waf: Json<CustomDomain["waf"]>;
  tags: Json<CustomDomain["tags"]>;
  add_time: number;
  mod_time: number;
}

interface CertificateRow {
  certificate_id: string;
  alias: string;
  chain: string;
  sealed_key: Buffer;
  names: string[];
  fingerprint: string;
  valid_from: number;
  valid_to: number;
  tags: Json<CertificateRecord["tags"]>;
  domain: string | null;
  due_at: number;
  attempts: number;
  message: string;
  leased_until: number;
  add_time: number;
  mod_time: number;
}

interface AcmeAccountRow {
  directory: string;
  sealed_key: Buffer;
  thumbprint: string;
}

interface EventRow {
  request_id: string;
  function_id: string;
  namespace: string;
  name: string;
  qualifier: string;
  payload: string;
  source: string;
  routing_key: Json<Record<string, string> | null>;
  accepted_at: number;
  expires_at: number;
  retry: Generated<number>;
  max_retries: number;
  due_at: number;
  is_running: Generated<boolean>;
  message: Generated<string>;
}

interface EventOutcomeRow {
  request_id: string;
  function_id: string;
  kind: "done" | "dead";
  status: number;
  message: string;
  retry: number;
  accepted_at: number;
  ended_at: number;
}

interface UsageRow {
  request_id: string;
  function_id: string;
  namespace: string;
  name: string;
  version: string;
  qualifier: string;
  form: string;
  kind: string;
  started_at: number;
  duration_us: number;
  queue_us: number;
  claim_us: number;
  init_us: number;
  run_us: number;
  mount_us: number;
  thaw_us: number;
  memory_mb: number;
  memory_bytes: number;
  status: number;
  http_status: number;
  bytes_in: number;
  bytes_out: number;
  network_bytes_out: number;
  retry: number;
  is_cold: boolean;
}

interface LogTableRow {
  function_id: string;
  request_id: string | null;
  instance_id: string | null;
  version: string;
  at: number;
  lines: Json<LogLine[]>;
  dropped_lines: number;
  return_message: string;
}

interface HostRow {
  id: string;
  roles: string[];
  internal_url: string;
  public_url: string;
  capacity: number;
  version: string;
  started_at: number;
  lease_until: number;
}

interface PreparationRow {
  function_id: string;
  host_id: string;
  revision: string;
  status: FunctionStatus;
  reasons: Json<StatusReason[]>;
}
