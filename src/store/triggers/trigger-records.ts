import type { ApiTriggerSettings, EnvironmentName, FunctionId, TriggerId, TriggerSettings } from "../../core/index.ts";
import type { ApiContent, ChooseReleased, ReleaseRecord, ServiceContent } from "../api-gateway/api-records.ts";

/** By what the API names a trigger of a function. */
interface TriggerKey {
  readonly type: TriggerSettings["kind"];
  readonly name: string;
  /** The version or alias that it calls. */
  readonly qualifier: string;
}

export interface NewTrigger {
  readonly triggerId: TriggerId;
  readonly functionId: FunctionId;
  readonly name: string;
  readonly qualifier: string;
  readonly settings: TriggerSettings;
  /** First label of the host of a function URL; null for other types. */
  readonly hostLabel: string | null;
  readonly description: string;
  /** Goes with the events of timers. */
  readonly customArgument: string;
  readonly isEnabled: boolean;
}

export type TriggerChange = Partial<Pick<NewTrigger, "settings" | "description" | "customArgument" | "isEnabled">>;

interface RoutedApi {
  readonly apiId: string;
  readonly route: string;
  readonly content: ApiContent;
}

interface NewRelease {
  readonly record: ReleaseRecord;
  readonly choose: ChooseReleased;
}

/** A trigger of type `apigw` with all that it is made of. */
export interface NewApiTrigger {
  readonly trigger: Omit<NewTrigger, "settings" | "hostLabel">;
  /** The id of one that there is; or the newest of the content's name, made under this id where nobody has the name. */
  readonly service: string | { readonly serviceId: string; readonly content: ServiceContent };
  readonly api: RoutedApi;
  readonly environment: EnvironmentName;
  /** Null: the environment does not serve it yet. */
  readonly release: NewRelease | null;
}

/** What changes of a trigger of type `apigw`, and of what it is made of. */
export interface ApiTriggerChange {
  readonly triggerId: TriggerId;
  readonly serviceId: string;
  readonly change: TriggerChange & { readonly isEnabled: boolean };
  /** Null: it stays as it is. */
  readonly api: RoutedApi | null;
  /** Null: its environment serves what it served. */
  readonly release: NewRelease | null;
}

type TriggerProblem = "exists" | "has-url" | "limit" | "function-missing";

export type ApiTriggerProblem = TriggerProblem | "service-missing" | "service-limit" | "conflict" | "api-limit";

export type ApiTriggerChangeProblem = "trigger-missing" | "service-missing" | "api-missing" | "conflict";

/** A trigger. Times are milliseconds since 1970. */
export interface TriggerRecord extends NewTrigger {
  readonly addTime: number;
  readonly modTime: number;
}

/** A trigger with the name of its function, as the data plane needs it. */
export interface BoundTrigger extends TriggerRecord {
  readonly namespace: string;
  readonly functionName: string;
}

export interface TriggerTable {
  /** `has-url`: the version or alias has a function URL already. */
  create(created: NewTrigger, limitPerType: number): Promise<"created" | TriggerProblem>;
  /** Makes it with its service, API and release: all of it, or nothing. Triggers that are made at once share the service that they name. */
  createWithApi(made: NewApiTrigger): Promise<ApiTriggerSettings | ApiTriggerProblem>;
  find(functionId: FunctionId, key: TriggerKey): Promise<TriggerRecord | null>;
  /** All of a function, in the order in which they were made. */
  list(functionId: FunctionId): Promise<readonly TriggerRecord[]>;
  update(triggerId: TriggerId, change: TriggerChange): Promise<boolean>;
  /** Changes it with its API and what is served of that: all of it, or nothing. */
  updateWithApi(change: ApiTriggerChange): Promise<"updated" | ApiTriggerChangeProblem>;
  delete(triggerId: TriggerId): Promise<boolean>;
  load(triggerId: TriggerId): Promise<BoundTrigger | null>;
  loadAll(type: TriggerKey["type"]): Promise<readonly BoundTrigger[]>;
}
