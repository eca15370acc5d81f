import type { Selectable } from "kysely";
import type { ApiDefinition, EnvironmentName } from "../../../core/index.ts";
import type { Schema } from "../../database/schema.ts";
import type { ApiObjectContents, BindingRecord, PlanKey, ServiceDomainRecord, TokenCheck } from "../api-records.ts";

/** All that was written of some services. */
export interface WrittenServices {
  readonly releases: readonly ServedRelease[];
  /** Those that were not deleted since they were released, with how each has the tokens checked that it gives. */
  readonly apis: ReadonlyMap<string, TokenCheck | null>;
  readonly limits: readonly Selectable<Schema["api_limits"]>[];
  readonly domains: readonly ServiceDomainRecord[];
  readonly bindings: readonly BindingRecord[];
  readonly planKeys: readonly PlanKey[];
  readonly objects: ObjectsByKind;
}

export interface ServedRelease {
  readonly serviceId: string;
  readonly environment: EnvironmentName;
  readonly versionName: string;
  readonly apis: readonly ApiDefinition[];
}

export type ObjectsByKind = {
  readonly [Kind in keyof ApiObjectContents]: ReadonlyMap<string, ApiObjectContents[Kind]>;
};
