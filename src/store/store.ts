import type {
  Alias,
  FunctionId,
  FunctionSpec,
  FunctionStatus,
  FunctionVersion,
  LogLine,
  RequestId,
  Sha256,
  UsageRecord,
} from "../core/index.ts";
import type { ApiGatewayTables } from "./api-gateway/api-records.ts";
import type { Artifacts } from "./artifacts/artifacts.ts";
import type { BuildTable } from "./builds/build-records.ts";
import type { CertificateOrderTable } from "./certificates/certificate-orders.ts";
import type { CertificateTable } from "./certificates/certificates.ts";
import type { DomainTable } from "./domains/custom-domains.ts";
import type { HostTable } from "./hosts/host-records.ts";
import type { LayerTable } from "./layers/layer-versions.ts";
import type { EncodedLines } from "./logs/encoded-lines.ts";
import type { TriggerTable } from "./triggers/trigger-records.ts";

/** The state of the installation. Every method rejects with PlatformError `StoreUnavailable` while the database is away. */
export interface Store extends AsyncDisposable {
  readonly account: Account;
  /** Signs the temporary credentials of functions; leaves this process nowhere. */
  readonly tokenKey: Buffer;
  readonly namespaces: NamespaceTable;
  readonly functions: FunctionTable;
  readonly versions: VersionTable;
  readonly aliases: AliasTable;
  readonly layers: LayerTable;
  readonly builds: BuildTable;
  readonly triggers: TriggerTable;
  readonly domains: DomainTable;
  readonly certificates: CertificateTable;
  readonly certificateOrders: CertificateOrderTable;
  readonly hosts: HostTable;
  readonly apiGateway: ApiGatewayTables;
  readonly catalog: CatalogReader;
  readonly changes: Changes;
  readonly events: EventQueue;
  readonly records: RecordTable;
  readonly artifacts: Artifacts;
  /** Answers whether the database takes a statement now; never rejects. */
  isReady(): Promise<boolean>;
}

/** The account of the installation, made at first start. */
export interface Account {
  readonly appId: string;
  readonly uin: string;
  readonly secretId: string;
  readonly secretKey: string;
}

export interface NamespaceRecord {
  readonly name: string;
  readonly description: string;
  readonly addTime: number;
  readonly modTime: number;
}

export interface NamespaceTable {
  create(name: string, description: string, limit: number): Promise<"created" | "exists" | "limit">;
  update(name: string, description: string): Promise<boolean>;
  find(name: string): Promise<NamespaceRecord | null>;
  list(): Promise<readonly NamespaceRecord[]>;
  delete(name: string): Promise<"deleted" | "missing" | "not-empty">;
}

export interface StatusReason {
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** A function with its `$LATEST` version. Times are milliseconds since 1970. */
export interface FunctionRecord {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly status: FunctionStatus;
  readonly statusReasons: readonly StatusReason[];
  /** First label of the public domain, e.g. `hello-x7k2m9qa`; empty for event functions. */
  readonly domainLabel: string;
  readonly addTime: number;
  readonly modTime: number;
  readonly revision: string;
  readonly spec: FunctionSpec;
  readonly codeSha256: Sha256;
  readonly codeSize: number;
}

export interface NewFunction {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly domainLabel: string;
  readonly spec: FunctionSpec;
  readonly codeSha256: Sha256;
  readonly codeSize: number;
}

export interface FunctionFilter {
  readonly namespace: string;
  readonly nameContains?: string;
  readonly descriptionContains?: string;
  readonly status?: readonly string[];
  readonly runtime?: readonly string[];
  readonly type?: readonly string[];
  readonly tags?: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly orderBy: "addTime" | "modTime" | "name";
  readonly order: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

export interface FunctionTable {
  /** Writes the function (status Creating), its `$LATEST` and its `$DEFAULT` alias in one transaction. */
  create(
    created: NewFunction,
    limitPerNamespace: number,
  ): Promise<"created" | "exists" | "limit" | "namespace-missing">;
  find(namespace: string, name: string): Promise<FunctionRecord | null>;
  findById(functionId: FunctionId): Promise<FunctionRecord | null>;
  list(filter: FunctionFilter): Promise<{ readonly total: number; readonly functions: readonly FunctionRecord[] }>;
  countByNamespace(): Promise<ReadonlyMap<string, number>>;
  /**
   * Replaces `$LATEST` (new revision, status Updating) if it still has `revision`.
   * `conflict`: somebody else changed it meanwhile.
   */
  update(
    functionId: FunctionId,
    revision: string,
    change: { readonly spec?: FunctionSpec; readonly codeSha256?: Sha256; readonly codeSize?: number },
  ): Promise<"updated" | "conflict" | "missing">;
  /**
   * Says how far this host is with `revision`, from which the function's status follows: where there is one host, it is that. Gives the status that holds
   * now, and whether this made it so; null when the function has another revision.
   */
  setStatus(
    functionId: FunctionId,
    revision: string,
    status: FunctionStatus,
    reasons: readonly StatusReason[],
  ): Promise<{ readonly status: FunctionStatus; readonly isNew: boolean } | null>;
  /** Removes the function with versions and aliases; records of its calls stay. */
  delete(functionId: FunctionId): Promise<boolean>;
}

/** A published version with what the API tells of it. */
export interface VersionRecord {
  readonly version: string;
  readonly description: string;
  readonly addTime: number;
  readonly modTime: number;
  readonly status: FunctionStatus;
  readonly revision: string;
  readonly spec: FunctionSpec;
  readonly codeSha256: Sha256;
  readonly codeSize: number;
}

export interface VersionTable {
  /** Freezes `$LATEST` as the next number ("1", "2", …; numbers are never reused). Null: no such function. */
  publish(functionId: FunctionId, description: string): Promise<VersionRecord | null>;
  find(functionId: FunctionId, version: string): Promise<VersionRecord | null>;
  list(functionId: FunctionId): Promise<readonly VersionRecord[]>;
  delete(functionId: FunctionId, version: string): Promise<"deleted" | "missing" | "used-by-alias">;
}

export interface AliasRecord extends Alias {
  readonly description: string;
  readonly addTime: number;
  readonly modTime: number;
}

export interface AliasTable {
  create(functionId: FunctionId, alias: Alias & { readonly description: string }): Promise<"created" | "exists">;
  update(
    functionId: FunctionId,
    alias: Omit<Alias, "name"> & { readonly name: string; readonly description?: string },
  ): Promise<boolean>;
  find(functionId: FunctionId, name: string): Promise<AliasRecord | null>;
  list(functionId: FunctionId): Promise<readonly AliasRecord[]>;
  delete(functionId: FunctionId, name: string): Promise<boolean>;
}

/** Everything the data plane must know of one function. */
export interface CatalogEntry {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly status: FunctionStatus;
  readonly domainLabel: string;
  /** `$LATEST` first: its newest revision. */
  readonly versions: readonly FunctionVersion[];
  /** The revision of `$LATEST` that is served while the newest one is prepared, or after it failed; null: none, or the newest. */
  readonly served: FunctionVersion | null;
  readonly aliases: readonly Alias[];
}

export interface CatalogReader {
  loadAll(): Promise<readonly CatalogEntry[]>;
  load(functionId: FunctionId): Promise<CatalogEntry | null>;
}

/**
 * Tells every process of the installation which function changed, after the commit.
 * `announce` first runs this process's listeners and waits for them (so that a caller reads
 * its own writes), then notifies other processes. A listener that joins late, or whose
 * connection was lost, gets `resync`.
 */
export interface Changes {
  /** `id`: of what changed, for those who load it again; without spaces. */
  announce(topic: ChangeTopic, id: string): Promise<void>;
  subscribe(topic: ChangeTopic, listener: ChangeListener): { [Symbol.dispose](): void };
}

/** What the data plane keeps in memory, each followed by itself; `event`: one was accepted. */
export type ChangeTopic = "function" | "trigger" | "domain" | "certificate" | "api-service" | "host" | "event";

export interface ChangeListener {
  changed(id: string): Promise<void>;
  /** Anything may have changed: load everything again. */
  resync(): Promise<void>;
}

/** An asynchronous invocation waiting for delivery. */
export interface QueuedEvent {
  readonly requestId: RequestId;
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly qualifier: string;
  readonly payload: string;
  /** Of its call: `TRIGGER_SRC`, where it stands in its trace and the like. */
  readonly variables: Readonly<Record<string, string>>;
  readonly routingKey: Readonly<Record<string, string>> | null;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly expiresAt: number;
  /** Deliveries before this one. */
  readonly retry: number;
  readonly maxRetries: number;
}

export interface EventQueue {
  /** Durable when it resolves. `full`: `limits.async.queuedPerFunction` are waiting. */
  accept(event: Omit<QueuedEvent, "retry">): Promise<"accepted" | "full">;
  /** Takes up to `count` due events (SKIP LOCKED), leased for `leaseMs`; an expired lease makes an event due again. */
  claim(count: number, leaseMs: number): Promise<readonly QueuedEvent[]>;
  extend(requestIds: readonly RequestId[], leaseMs: number): Promise<void>;
  /** Delivered, or failed for good. Kept (state, message) for GetRequestStatus. */
  finish(
    requestId: RequestId,
    outcome: { readonly kind: "done" | "dead"; readonly status: number; readonly message: string },
  ): Promise<void>;
  /** Due again at `at`; counts as a retry when `countsAsRetry`. */
  retryAt(requestId: RequestId, at: number, countsAsRetry: boolean, message: string): Promise<void>;
  /** Earliest moment at which something is or becomes due; null: nothing waits. */
  nextDueAt(): Promise<number | null>;
  /** Where one accepted event stands; null: never accepted (or long gone). */
  status(requestId: RequestId): Promise<{
    readonly state: "waiting" | "running" | "done" | "dead";
    readonly functionId: FunctionId;
    readonly retry: number;
    readonly acceptedAt: number;
  } | null>;
  /** Called in this process right after `accept`, so that delivery starts at once. */
  onAccepted: () => void;
}

export interface RecordFilter {
  readonly functionId: FunctionId;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly qualifier?: string;
  readonly requestId?: string;
  readonly retCode?: "not0" | "is0" | "TimeLimitExceeded" | "ResourceLimitExceeded" | "UserCodeException";
  readonly orderBy: "startTime" | "duration" | "memoryBytes" | "name";
  readonly order: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

/** A usage record with the text that goes with it, where there is one. */
export interface InvocationRecord extends UsageRecord {
  readonly lines: readonly LogLine[];
  readonly droppedLines: number;
  readonly returnMessage: string;
}

export interface InstanceLogRow {
  readonly version: string;
  readonly instanceId: string;
  readonly lines: readonly LogLine[];
}

export interface RecordTable {
  /**
   * Takes ended invocations; `written` runs once the batch is on disk in the spool (so that it
   * survives `kill -9`), in the same turn of the loop. Batches reach the database by COPY, exactly once.
   */
  append(record: UsageRecord, written: () => void): void;
  /** Resolves when everything appended so far can be queried. */
  flush(options: { signal: AbortSignal }): Promise<void>;
  query(filter: RecordFilter): Promise<{ readonly total: number; readonly records: readonly InvocationRecord[] }>;
  find(requestId: string): Promise<InvocationRecord | null>;
  insertLogs(rows: readonly LogRow[]): Promise<void>;
  /** Rows of a window, oldest first; with `desc` newest first (and the newest when there are more than `limit`). */
  instanceLogs(
    functionId: FunctionId,
    from: number,
    to: number,
    limit: number,
    order?: "asc" | "desc",
  ): Promise<readonly InstanceLogRow[]>;
  /** Records appended but not yet in the database. */
  readonly backlog: number;
}

/** Text of one invocation (`requestId`) or of an instance between calls (`instanceId`). */
export interface LogRow {
  readonly functionId: FunctionId;
  readonly requestId: RequestId | null;
  readonly instanceId: string | null;
  readonly version: string;
  readonly at: number;
  readonly lines: EncodedLines;
  readonly droppedLines: number;
  readonly returnMessage: string;
}
