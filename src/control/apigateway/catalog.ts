import type { Action } from "../action.ts";
import { createApi, deleteApi, modifyApi, modifyApiIncrement } from "./api/apis.ts";
import { describeApi, describeApisStatus } from "./api/describe-apis.ts";
import {
  describeServiceEnvironmentList,
  describeServiceEnvironmentReleaseHistory,
  describeServiceReleaseVersion,
} from "./release/describe-releases.ts";
import { createApiApp, deleteApiApp, describeApiAppsStatus, modifyApiApp, updateApiAppKey } from "./app/apps.ts";
import {
  bindApiApp,
  describeApiAppBindApisStatus,
  describeApiBindApiAppsStatus,
  describeApiForApiApp,
  describeServiceForApiApp,
  unbindApiApp,
} from "./app/bind-apps.ts";
import {
  bindSubDomain,
  deleteServiceSubDomainMapping,
  describeServiceSubDomainMappings,
  describeServiceSubDomains,
  modifySubDomain,
  unBindSubDomain,
} from "./domain/service-domains.ts";
import {
  describeApiEnvironmentStrategy,
  describeServiceEnvironmentStrategy,
  modifyApiEnvironmentStrategy,
  modifyServiceEnvironmentStrategy,
} from "./limit/environment-limits.ts";
import {
  bindIPStrategy,
  createIPStrategy,
  deleteIPStrategy,
  describeIPStrategy,
  describeIPStrategyApisStatus,
  describeIPStrategysStatus,
  modifyIPStrategy,
  unBindIPStrategy,
} from "./limit/ip-strategies.ts";
import { importOpenApi } from "./openapi/import-openapi.ts";
import { describeLogSearch } from "./log/describe-log-search.ts";
import { bindEnvironment, demoteServiceUsagePlan, unBindEnvironment } from "./plan/bind-environment.ts";
import {
  describeApiUsagePlan,
  describeServiceUsagePlan,
  describeUsagePlanEnvironments,
} from "./plan/describe-bindings.ts";
import {
  createApiKey,
  deleteApiKey,
  describeApiKey,
  describeApiKeysStatus,
  disableApiKey,
  enableApiKey,
  updateApiKey,
} from "./plan/keys.ts";
import { bindSecretIds, describeUsagePlanSecretIds, unBindSecretIds } from "./plan/plan-keys.ts";
import {
  createUsagePlan,
  deleteUsagePlan,
  describeUsagePlan,
  describeUsagePlansStatus,
  modifyUsagePlan,
} from "./plan/plans.ts";
import {
  attachPlugin,
  describeAllPluginApis,
  describePluginApis,
  describePluginsByApi,
  detachPlugin,
} from "./plugin/attach-plugin.ts";
import { createPlugin, deletePlugin, describePlugin, describePlugins, modifyPlugin } from "./plugin/plugins.ts";
import { releaseService, unReleaseService, updateService } from "./release/release-service.ts";
import { describeService, describeServicesStatus } from "./service/describe-services.ts";
import { createService, deleteService, modifyService } from "./service/services.ts";

export const apiGatewayVersion = "2018-08-08";

/** The actions that this server has, in the order of the reference. */
export const apiGatewayActions: readonly Action[] = [
  createService,
  describeService,
  describeServicesStatus,
  modifyService,
  deleteService,
  createApi,
  describeApi,
  describeApisStatus,
  modifyApi,
  modifyApiIncrement,
  deleteApi,
  releaseService,
  unReleaseService,
  updateService,
  describeServiceReleaseVersion,
  describeServiceEnvironmentList,
  describeServiceEnvironmentReleaseHistory,
  createUsagePlan,
  describeUsagePlan,
  describeUsagePlansStatus,
  modifyUsagePlan,
  deleteUsagePlan,
  bindEnvironment,
  unBindEnvironment,
  demoteServiceUsagePlan,
  describeUsagePlanEnvironments,
  describeServiceUsagePlan,
  describeApiUsagePlan,
  createApiKey,
  describeApiKey,
  describeApiKeysStatus,
  updateApiKey,
  enableApiKey,
  disableApiKey,
  deleteApiKey,
  bindSecretIds,
  unBindSecretIds,
  describeUsagePlanSecretIds,
  modifyServiceEnvironmentStrategy,
  describeServiceEnvironmentStrategy,
  modifyApiEnvironmentStrategy,
  describeApiEnvironmentStrategy,
  createIPStrategy,
  describeIPStrategy,
  describeIPStrategysStatus,
  describeIPStrategyApisStatus,
  modifyIPStrategy,
  deleteIPStrategy,
  bindIPStrategy,
  unBindIPStrategy,
  createPlugin,
  describePlugin,
  describePlugins,
  modifyPlugin,
  deletePlugin,
  attachPlugin,
  detachPlugin,
  describePluginApis,
  describeAllPluginApis,
  describePluginsByApi,
  createApiApp,
  describeApiAppsStatus,
  modifyApiApp,
  updateApiAppKey,
  deleteApiApp,
  bindApiApp,
  unbindApiApp,
  describeApiAppBindApisStatus,
  describeApiBindApiAppsStatus,
  describeServiceForApiApp,
  describeApiForApiApp,
  bindSubDomain,
  modifySubDomain,
  unBindSubDomain,
  describeServiceSubDomains,
  describeServiceSubDomainMappings,
  deleteServiceSubDomainMapping,
  importOpenApi,
  describeLogSearch,
];
