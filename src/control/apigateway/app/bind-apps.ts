import { z } from "zod";
import type { BindingRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiInfo, infoOf } from "../api/describe-apis.ts";
import { findApi } from "../api/apis.ts";
import {
  apiId,
  environmentName,
  filters,
  fitsAll,
  formatTime,
  ids,
  listOf,
  pageOf,
  paging,
  serviceId,
  text,
  type Filter,
} from "../fields.ts";
import { defineResultAction, done, fieldErrors, permissionOf } from "../result-action.ts";
import { describe, describedService } from "../service/describe-services.ts";
import { announceService, findService, serviceMissing } from "../service/service-record.ts";
import { appId, findApp } from "./apps.ts";

const group = "Applications";

const bindFields = { ApiAppId: appId, Environment: environmentName, ServiceId: serviceId, ApiId: apiId };
const bindErrors = [
  "ResourceNotFound.InvalidApiApp",
  "ResourceNotFound.InvalidService",
  "ResourceNotFound.InvalidApi",
] as const;

type Given = z.output<z.ZodObject<typeof bindFields>>;

async function bindingOf(given: Given, context: ActionContext) {
  await findApp(context, given.ApiAppId);
  await findService(context, given.ServiceId);
  await findApi(context, given.ServiceId, given.ApiId);
  const { ApiAppId: objectId, ServiceId: ofService, Environment: environment, ApiId: api } = given;
  return { objectId, serviceId: ofService, environment, apiId: api };
}

export const bindApiApp = defineResultAction({
  name: "BindApiApp",
  group,
  summary: "Lets an application call an API in an environment, at once.",
  input: z.object(bindFields),
  result: done,
  errors: bindErrors,
  async handle(given, context) {
    const binding = await bindingOf(given, context);
    if (!(await context.store.apiGateway.bindings.bind("app", [binding]))) throw serviceMissing(given.ServiceId);
    await announceService(context, given.ServiceId);
    return true;
  },
});

export const unbindApiApp = defineResultAction({
  name: "UnbindApiApp",
  group,
  summary: "Lets an application call an API in an environment no more.",
  input: z.object(bindFields),
  result: done,
  errors: [...bindErrors, "UnsupportedOperation.ResourceUnassociated"],
  async handle(given, context) {
    const binding = await bindingOf(given, context);
    if ((await context.store.apiGateway.bindings.unbind("app", [binding])) === 0) {
      throw new ApiError("UnsupportedOperation.ResourceUnassociated", "The application is not bound to the API there.");
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});

const boundApi = z
  .object({
    ApiAppName: z.string().describe("Name of the application"),
    ApiAppId: z.string().describe("Its id"),
    ApiId: z.string().describe("Id of the API"),
    ApiName: z.string().describe("Its name"),
    ServiceId: z.string().describe("Id of its service"),
    AuthorizedTime: z.string().describe("Since when, UTC"),
    ApiRegion: z.string().describe("Region of this server"),
    EnvironmentName: z.string().describe("`test`, `prepub` or `release`"),
  })
  .meta({ id: "ApiAppApiInfo" });

const boundApis = listOf("ApiAppApiInfos", "What may call what", "ApiAppApiSet", boundApi);

async function repliesOf(
  bound: readonly BindingRecord[],
  given: Parameters<typeof pageOf>[1] & { readonly Filters?: readonly Filter[] | undefined },
  context: ActionContext,
): Promise<z.input<typeof boundApis>> {
  const { apps, apis } = context.store.apiGateway;
  const all = await Promise.all(
    bound.map(async (one) => {
      const app = await apps.find(one.objectId);
      const api = await apis.find(one.serviceId, one.apiId ?? "");
      return {
        ApiAppName: app?.content.name ?? "",
        ApiAppId: one.objectId,
        ApiId: one.apiId ?? "",
        ApiName: api?.definition.name ?? "",
        ServiceId: one.serviceId,
        AuthorizedTime: formatTime(one.boundAt),
        ApiRegion: context.config.region,
        EnvironmentName: one.environment,
      };
    }),
  );
  const fitting = all.filter((one) => fitsAll(given.Filters, (name) => String(Object(one)[name])));
  return { TotalCount: fitting.length, ApiAppApiSet: [...pageOf(fitting, given)] };
}

const filterNames = ["ApiAppId", "ApiAppName", "ApiId", "ApiName", "ServiceId", "EnvironmentName"];

export const describeApiAppBindApisStatus = defineResultAction({
  name: "DescribeApiAppBindApisStatus",
  group,
  summary: "Lists the APIs that an application may call.",
  input: z.object({ ApiAppId: appId, ...paging, Filters: filters(filterNames) }),
  result: boundApis,
  errors: ["ResourceNotFound.InvalidApiApp", "InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    await findApp(context, given.ApiAppId);
    return repliesOf(await context.store.apiGateway.bindings.ofObject("app", given.ApiAppId), given, context);
  },
});

export const describeApiBindApiAppsStatus = defineResultAction({
  name: "DescribeApiBindApiAppsStatus",
  group,
  summary: "Lists the applications that may call APIs.",
  input: z.object({ ServiceId: serviceId, ApiIds: ids("The APIs"), ...paging, Filters: filters(filterNames) }),
  result: boundApis,
  errors: ["ResourceNotFound.InvalidService", "InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = await context.store.apiGateway.bindings.ofService("app", given.ServiceId);
    return repliesOf(
      all.filter((one) => given.ApiIds.includes(one.apiId ?? "")),
      given,
      context,
    );
  },
});

const region = text("Region; nothing looks at it");

export const describeServiceForApiApp = defineAction({
  name: "DescribeServiceForApiApp",
  group,
  summary: "Tells about a service, as DescribeService does.",
  input: z.object({ ServiceId: serviceId, ApiRegion: region }),
  output: z.object(describedService),
  permission: permissionOf("DescribeServiceForApiApp"),
  errors: [...fieldErrors, "ResourceNotFound.InvalidService"],
  handle: (given, context) => describe(given.ServiceId, context),
});

export const describeApiForApiApp = defineResultAction({
  name: "DescribeApiForApiApp",
  group,
  summary: "Tells about an API, as DescribeApi does.",
  input: z.object({ ServiceId: serviceId, ApiId: apiId, ApiRegion: region }),
  result: apiInfo.describe("The API"),
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    return infoOf(await findApi(context, given.ServiceId, given.ApiId), service, context);
  },
});
