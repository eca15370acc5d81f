import type { Action } from "../action.ts";
import { createApi, deleteApi, modifyApi, modifyApiIncrement } from "./api/apis.ts";
import { describeApi, describeApisStatus } from "./api/describe-apis.ts";
import {
  describeServiceEnvironmentList,
  describeServiceEnvironmentReleaseHistory,
  describeServiceReleaseVersion,
} from "./release/describe-releases.ts";
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
];
