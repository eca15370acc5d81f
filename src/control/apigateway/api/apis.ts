import { z } from "zod";
import { limits, randomName } from "../../../core/index.ts";
import type { ApiContent, ApiRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiId, formatTime, serviceId } from "../fields.ts";
import { defineResultAction, done, fieldErrors, permissionOf } from "../result-action.ts";
import { announceService, findService, serviceMissing } from "../service/service-record.ts";
import { contentOf, definitionErrors, routeOf } from "./api-definition.ts";
import { apiFields, optionalFields, passingFields, requiredFields, type ApiFields } from "./api-fields.ts";
import { pathOf } from "./api-status.ts";
import { incrementalBase64Fields, refuseAbsent, tagSpecifications, unusedFields } from "./refused-fields.ts";

const group = "APIs";

const createdApi = z
  .object({
    ApiId: z.string().describe("Id of the API"),
    Path: z.string().describe("Its path"),
    Method: z.string().describe("Its method"),
    CreatedTime: z.string().describe("When it was made, UTC"),
  })
  .meta({ id: "CreateApiResultInfo" });

export const createApi = defineResultAction({
  name: "CreateApi",
  group,
  summary: "Makes an API of a service. It is served once the service is released.",
  input: z.object({ ServiceId: serviceId, ...requiredFields, ...optionalFields, ...passingFields, ...unusedFields }),
  result: createdApi.describe("The API"),
  errors: [...definitionErrors, "ResourceNotFound.InvalidService", "LimitExceeded.ApiCountLimitExceeded"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    refuseAbsent(given);
    const made = await makeApi(given.ServiceId, apiFields.parse(given), context);
    return {
      ApiId: made.apiId,
      Path: pathOf(made),
      Method: made.definition.method,
      CreatedTime: formatTime(made.addTime),
    };
  },
});

/** Makes an API of what its fields say. Throws for what is wrong with them, or in the way. */
export async function makeApi(ofService: string, fields: ApiFields, context: ActionContext): Promise<ApiRecord> {
  const api = await newApi(ofService, fields, context);
  const created = { ...api, serviceId: ofService };
  const outcome = await context.store.apiGateway.apis.create(created, limits.apiGateway.apisPerService);
  if (outcome !== "created") throw creationProblem(outcome, ofService, api.content);
  return findApi(context, ofService, api.apiId);
}

/** An API of what its fields say, which is not there yet. Throws for what is wrong with them. */
export async function newApi(ofService: string, fields: ApiFields, context: ActionContext): Promise<NewApi> {
  const id = `api-${randomName(8)}`;
  const content = await contentOf({ apiId: id, serviceId: ofService }, fields, context);
  return { apiId: id, route: routeOf(content.definition), content };
}

interface NewApi {
  readonly apiId: string;
  readonly route: string;
  readonly content: ApiContent;
}

/** Why an API was not made. */
export function creationProblem(
  outcome: "conflict" | "limit" | "service-missing",
  ofService: string,
  { definition }: ApiContent,
): ApiError {
  if (outcome === "service-missing") return serviceMissing(ofService);
  if (outcome === "conflict") return conflict(definition);
  return new ApiError(
    "LimitExceeded.ApiCountLimitExceeded",
    `${ofService} has ${limits.apiGateway.apisPerService} APIs, as many as there may be.`,
  );
}

function conflict({ method, path }: ApiRecord["definition"]): ApiError {
  return new ApiError(
    "InvalidParameterValue.InvalidApiRequestConfig",
    `The service has an API of ${method} ${path} already: a path and a method lead to one API.`,
  );
}

export async function findApi(
  { store }: Pick<ActionContext, "store">,
  ofService: string,
  id: string,
): Promise<ApiRecord> {
  const found = await store.apiGateway.apis.find(ofService, id);
  if (found === null) throw apiMissing(ofService, id);
  return found;
}

function apiMissing(ofService: string, id: string): ApiError {
  return new ApiError("ResourceNotFound.InvalidApi", `${ofService} has no API ${JSON.stringify(id)}.`);
}

/** Keeps what an API is from now on. */
async function changeApi(before: ApiRecord, fields: ApiFields, context: ActionContext): Promise<void> {
  const { apiId: id, route, content } = await changedApi(before, fields, context);
  const outcome = await context.store.apiGateway.apis.update(id, route, content);
  if (outcome !== "updated") throw changeProblem(outcome, before, content);
  if (content.oauth !== null) await announceService(context, before.serviceId); // the keys of tokens act at once
}

/** What an API is from now on by its fields, which is not kept yet. Throws for what is wrong with them. */
export async function changedApi(before: ApiRecord, fields: ApiFields, context: ActionContext): Promise<NewApi> {
  const content = await contentOf(before, fields, context);
  return { apiId: before.apiId, route: routeOf(content.definition), content };
}

/** Why an API was not changed. */
export function changeProblem(
  outcome: "conflict" | "missing",
  { serviceId: ofService, apiId: id }: Pick<ApiRecord, "serviceId" | "apiId">,
  { definition }: ApiContent,
): ApiError {
  return outcome === "conflict" ? conflict(definition) : apiMissing(ofService, id);
}

export const modifyApi = defineAction({
  name: "ModifyApi",
  group,
  summary:
    "Changes what is given of an API; what is served stays until the service is released again. What it says of the tokens that it gives " +
    "acts at once.",
  input: z.object({
    ServiceId: serviceId,
    ApiId: apiId,
    ServiceType: requiredFields.ServiceType,
    RequestConfig: requiredFields.RequestConfig,
    ServiceTimeout: requiredFields.ServiceTimeout.optional(),
    Protocol: requiredFields.Protocol.optional(),
    ...optionalFields,
    ...passingFields,
    ...incrementalBase64Fields,
    AuthRequired: z.boolean().optional().describe("Whether a key is asked for; `AuthType` says it better, and wins"),
    TagSpecifications: tagSpecifications,
  }),
  output: z.object({}),
  permission: permissionOf("ModifyApi"),
  errors: [...fieldErrors, ...definitionErrors, "ResourceNotFound.InvalidService", "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    refuseAbsent(given);
    const before = await findApi(context, given.ServiceId, given.ApiId);
    const { IsDeleteResponseErrorCodes: forgets, AuthRequired: isRequired } = given;
    const fields = apiFields.parse({
      ...before.given,
      ...(isRequired === undefined ? {} : { AuthType: isRequired ? "SECRET" : "NONE" }),
      ...given,
      ...(forgets === true ? { ResponseErrorCodes: [] } : {}),
    });
    await changeApi(before, fields, context);
    return {};
  },
});

export const modifyApiIncrement = defineAction({
  name: "ModifyApiIncrement",
  group,
  summary:
    "Changes the public key or the login address of an API that gives tokens, at once for all that ask for these.",
  input: z.object({
    ServiceId: serviceId,
    ApiId: apiId,
    BusinessType: z.string().describe("`OAUTH`"),
    PublicKey: z.string().optional().describe("Public key that checks tokens"),
    LoginRedirectUrl: z.string().optional().describe("Where a client without a token is sent to"),
  }),
  output: z.object({}),
  permission: permissionOf("ModifyApiIncrement"),
  errors: [
    ...fieldErrors,
    ...definitionErrors,
    "ResourceNotFound.InvalidService",
    "ResourceNotFound.InvalidApi",
    "InvalidParameterValue.NothingModifyForOauth",
  ],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const before = await findApi(context, given.ServiceId, given.ApiId);
    const fields = apiFields.parse(before.given);
    if (given.BusinessType !== "OAUTH" || before.oauth === null || fields.OauthConfig === undefined) {
      throw new ApiError(
        "ResourceNotFound.InvalidOauthApi",
        `${given.ApiId} gives no tokens: BusinessType and its ApiBusinessType have to be OAUTH.`,
      );
    }
    const {
      PublicKey: key = fields.OauthConfig.PublicKey,
      LoginRedirectUrl: url = fields.OauthConfig.LoginRedirectUrl,
    } = given;
    if (given.PublicKey === undefined && given.LoginRedirectUrl === undefined) {
      throw new ApiError(
        "InvalidParameterValue.NothingModifyForOauth",
        "Neither PublicKey nor LoginRedirectUrl is given.",
      );
    }
    const changed = { ...fields, OauthConfig: { ...fields.OauthConfig, PublicKey: key, LoginRedirectUrl: url } };
    await changeApi(before, changed, context);
    return {};
  },
});

export const deleteApi = defineResultAction({
  name: "DeleteApi",
  group,
  summary:
    "Deletes an API with what is bound to it. It is not served any more at once, in no environment and no earlier release.",
  input: z.object({ ServiceId: serviceId, ApiId: apiId }),
  result: done,
  errors: [
    "ResourceNotFound.InvalidService",
    "ResourceNotFound.InvalidApi",
    "UnsupportedOperation.UnsupportedDeleteApi",
  ],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    await findApi(context, given.ServiceId, given.ApiId);
    const all = await context.store.apiGateway.apis.list(given.ServiceId);
    const users = all.filter(({ authorizedBy }) => authorizedBy === given.ApiId).map((user) => user.apiId);
    if (users.length > 0) {
      throw new ApiError(
        "UnsupportedOperation.UnsupportedDeleteApi",
        `${users.join(", ")} ask for tokens of ${given.ApiId}; change these first.`,
      );
    }
    await context.store.apiGateway.apis.delete(given.ApiId);
    await announceService(context, given.ServiceId);
    return true;
  },
});
