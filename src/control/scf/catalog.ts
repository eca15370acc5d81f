import type { Action } from "../action.ts";
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from "./alias/aliases.ts";
import {
  createCustomDomain,
  deleteCustomDomain,
  getCustomDomain,
  listCustomDomains,
  updateCustomDomain,
} from "./domain/domains.ts";
import { copyFunction } from "./function/copy-function.ts";
import { createFunction } from "./function/create-function.ts";
import { deleteFunction, deleteFunctionVersion } from "./function/delete-function.ts";
import { getFunctionAddress } from "./function/get-function-address.ts";
import { getFunction } from "./function/get-function.ts";
import { listFunctions } from "./function/list-functions.ts";
import { updateFunctionCode } from "./function/update-function-code.ts";
import { updateFunctionConfiguration } from "./function/update-function-configuration.ts";
import {
  deleteLayerVersion,
  getLayerVersion,
  listLayers,
  listLayerVersions,
  publishLayerVersion,
} from "./layer/layers.ts";
import { getAccount } from "./namespace/get-account.ts";
import { createNamespace, deleteNamespace, listNamespaces, updateNamespace } from "./namespace/namespaces.ts";
import { getFunctionLogs } from "./run/get-function-logs.ts";
import { invoke, invokeFunction } from "./run/invoke.ts";
import { getRequestStatus } from "./run/request-status.ts";
import { createTrigger, deleteTrigger, listTriggers, updateTrigger } from "./trigger/triggers.ts";
import { listVersionByFunction, publishVersion } from "./version/versions.ts";

export const scfVersion = "2018-04-16";

/** The actions that this server has, in the order of the reference. */
export const scfActions: readonly Action[] = [
  createFunction,
  updateFunctionCode,
  updateFunctionConfiguration,
  getFunction,
  listFunctions,
  deleteFunction,
  copyFunction,
  getFunctionAddress,
  invoke,
  invokeFunction,
  getFunctionLogs,
  getRequestStatus,
  publishVersion,
  listVersionByFunction,
  deleteFunctionVersion,
  createAlias,
  updateAlias,
  getAlias,
  listAliases,
  deleteAlias,
  createTrigger,
  updateTrigger,
  deleteTrigger,
  listTriggers,
  publishLayerVersion,
  getLayerVersion,
  listLayers,
  listLayerVersions,
  deleteLayerVersion,
  createNamespace,
  updateNamespace,
  listNamespaces,
  deleteNamespace,
  getAccount,
  createCustomDomain,
  updateCustomDomain,
  getCustomDomain,
  listCustomDomains,
  deleteCustomDomain,
];

/** Actions of Tencent's API that this server knows and does not have yet. */
export const absentScfActions: ReadonlyMap<string, string> = new Map([
  ["UpdateTriggerStatus", "Turns a trigger on or off."],
  ["PutProvisionedConcurrencyConfig", "Keeps instances of a version started."],
  ["GetProvisionedConcurrencyConfig", "Tells how many instances of a version are kept started."],
  ["DeleteProvisionedConcurrencyConfig", "Keeps no instances of a version started any more."],
  ["PutReservedConcurrencyConfig", "Reserves concurrency for a function."],
  ["GetReservedConcurrencyConfig", "Tells the reserved concurrency of a function."],
  ["DeleteReservedConcurrencyConfig", "Reserves no concurrency for a function any more."],
  ["PutTotalConcurrencyConfig", "Changes the concurrency of the account."],
  ["UpdateFunctionEventInvokeConfig", "Changes retries and life time of asynchronous events."],
  ["GetFunctionEventInvokeConfig", "Tells retries and life time of asynchronous events."],
  ["ListAsyncEvents", "Lists long asynchronous runs."],
  ["GetAsyncEventStatus", "Tells where a long asynchronous run stands."],
  ["TerminateAsyncEvent", "Ends a long asynchronous run."],
]);
