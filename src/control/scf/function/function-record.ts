import {
  qualifiers,
  type FunctionId,
  type FunctionSpec,
  type FunctionStatus,
  type Sha256,
} from "../../../core/index.ts";
import type { AliasRecord, FunctionRecord, StatusReason } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";

/** Codes of actions that name a function. */
export const functionErrors = [
  "InvalidParameterValue.FunctionName",
  "InvalidParameterValue.Namespace",
  "ResourceNotFound.FunctionName",
  "ResourceNotFound.Namespace",
] as const satisfies readonly ErrorCode[];

/** The function, or ApiError saying whether it or its namespace is missing. */
export async function findFunction(context: ActionContext, namespace: string, name: string): Promise<FunctionRecord> {
  const found = await context.store.functions.find(namespace, name);
  if (found !== null) return found;
  if ((await context.store.namespaces.find(namespace)) === null) throw namespaceMissing(namespace);
  throw functionMissing(namespace, name);
}

export function functionMissing(namespace: string, name: string): ApiError {
  return new ApiError("ResourceNotFound.FunctionName", `Namespace ${namespace} has no function ${name}.`);
}

export function namespaceMissing(namespace: string): ApiError {
  return new ApiError("ResourceNotFound.Namespace", `There is no namespace ${namespace}.`);
}

const settled: readonly FunctionStatus[] = ["Active", "CreateFailed", "UpdateFailed", "PublishFailed", "DeleteFailed"];

/** Throws while the function is between two states. */
export function requireSettled(record: FunctionRecord): void {
  if (settled.includes(record.status)) return;
  throw new ApiError(
    "FailedOperation.FunctionStatusError",
    `${record.name} is ${record.status}; poll GetFunction until its Status is Active, and try again.`,
  );
}

/** Throws unless the function runs. */
export function requireActive(record: FunctionRecord): void {
  requireSettled(record);
  if (record.status === "Active") return;
  const reason = record.statusReasons.map(({ errorMessage }) => errorMessage).join(" ");
  throw new ApiError(
    "FailedOperation.FunctionStatusError",
    `${record.name} is ${record.status} and not Active${reason === "" ? "." : `: ${reason}`}`,
  );
}

/** What a qualifier stands for. */
export interface ResolvedVersion {
  readonly version: string;
  readonly spec: FunctionSpec;
  readonly codeSha256: Sha256;
  readonly codeSize: number;
  readonly status: FunctionStatus;
  readonly statusReasons: readonly StatusReason[];
  readonly addTime: number;
  readonly modTime: number;
  readonly description: string;
}

/** The version that a version number, alias, `$LATEST` or `$DEFAULT` names (of an alias: its main version). */
export async function resolveVersion(
  context: ActionContext,
  record: FunctionRecord,
  qualifier: string,
): Promise<ResolvedVersion> {
  const version = await versionNamed(context, record, qualifier);
  if (version === qualifiers.latest) return { ...record, version, description: record.spec.description };
  const found = version === null ? null : await context.store.versions.find(record.functionId, version);
  if (found !== null) return { ...found, statusReasons: [] };
  throw new ApiError(
    "ResourceNotFound.Qualifier",
    `${record.name} has neither a version nor an alias ${qualifier}; ListVersionByFunction and ListAliases tell what it has.`,
  );
}

async function versionNamed(context: ActionContext, record: FunctionRecord, qualifier: string): Promise<string | null> {
  if (qualifier === qualifiers.latest || /^\d+$/.test(qualifier)) return qualifier;
  return (await context.store.aliases.find(record.functionId, qualifier))?.version ?? null;
}

export async function findAlias(context: ActionContext, record: FunctionRecord, name: string): Promise<AliasRecord> {
  const found = await context.store.aliases.find(record.functionId, name);
  if (found !== null) return found;
  throw new ApiError("ResourceNotFound.Alias", `${record.name} has no alias ${name}; ListAliases tells what it has.`);
}

/** Throws unless `$LATEST` or a published version is there. */
export async function requireVersion(context: ActionContext, record: FunctionRecord, version: string): Promise<void> {
  if (version === qualifiers.latest) return;
  if ((await context.store.versions.find(record.functionId, version)) !== null) return;
  throw new ApiError("ResourceNotFound.FunctionVersion", `${record.name} has no version ${version}.`);
}

/**
 * Lets the data plane prepare a function after the reply: its status tells the caller how that went.
 * (Changes that take effect at once await `store.changes.announce` instead, so that callers read their own writes.)
 */
export function announceInBackground(context: ActionContext, functionId: FunctionId): void {
  context.store.changes.announce("function", functionId).catch((error: unknown) => {
    context.logger.error({ err: error, functionId, requestId: context.requestId }, "A change could not be announced");
  });
}

/** Replaces `$LATEST` as it was read; throws when it changed meanwhile. */
export async function updateLatest(
  context: ActionContext,
  record: FunctionRecord,
  change: { readonly spec?: FunctionSpec; readonly codeSha256?: Sha256; readonly codeSize?: number },
  publish: boolean,
): Promise<void> {
  const outcome = await context.store.functions.update(record.functionId, record.revision, change);
  if (outcome === "missing") throw functionMissing(record.namespace, record.name);
  if (outcome === "conflict") {
    throw new ApiError(
      "FailedOperation.OperationConflict",
      `Somebody else changed ${record.name} at the same time; read it with GetFunction and try again.`,
    );
  }
  if (publish) await context.store.versions.publish(record.functionId, "");
  announceInBackground(context, record.functionId);
}
