import { randomUUID } from "node:crypto";
import { z } from "zod";
import { limits, type ApiDefinition, type EnvironmentName } from "../../../core/index.ts";
import type { ApiRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { environmentName, ids, serviceId, text } from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import { announceService, findService, serviceMissing } from "../service/service-record.ts";

const group = "Releases";

const releaseErrors = ["ResourceNotFound.InvalidService"] as const;
const description = text("What is new", 1_000);

const released = z
  .object({
    ReleaseDesc: z.string().describe("As it was given"),
    ReleaseVersion: z.string().describe("Name of the release, for UpdateService"),
  })
  .meta({ id: "ReleaseService" });

export const releaseService = defineResultAction({
  name: "ReleaseService",
  group,
  summary:
    "Makes an environment serve the APIs of a service as they are now. Later changes of theirs wait for the next release.",
  input: z.object({
    ServiceId: serviceId,
    EnvironmentName: environmentName,
    ReleaseDesc: description,
    ApiIds: ids("The APIs to release; the others stay as the environment has them. All of them when absent").optional(),
  }),
  result: released.describe("The release"),
  errors: [...releaseErrors, "ResourceNotFound.InvalidApi", "UnsupportedOperation.InvalidStatus"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const versionName = await release(given.ServiceId, given.EnvironmentName, context, {
      description: given.ReleaseDesc,
      ...(given.ApiIds === undefined ? {} : { apiIds: given.ApiIds }),
    });
    return { ReleaseDesc: given.ReleaseDesc, ReleaseVersion: versionName };
  },
});

/** Releases a service; resolves with the version's name when the listeners have it. */
export async function release(
  ofService: string,
  environment: EnvironmentName,
  context: ActionContext,
  { description: what, apiIds }: { readonly description: string; readonly apiIds?: readonly string[] },
): Promise<string> {
  const all = await context.store.apiGateway.apis.list(ofService);
  if (all.length === 0) {
    throw new ApiError("UnsupportedOperation.InvalidStatus", `${ofService} has no APIs: there is nothing to release.`);
  }
  const chosen = apiIds === undefined ? all : chooseApis(all, apiIds, ofService);
  const others = apiIds === undefined ? [] : await servedApis(ofService, environment, context);
  const apis = [
    ...chosen.map((api) => releasedDefinition(api, all)),
    ...others.filter((api) => !chosen.some(({ apiId }) => apiId === api.apiId)),
  ];
  return keep(ofService, environment, { description: what, apis }, context);
}

async function keep(
  ofService: string,
  environment: EnvironmentName,
  content: { readonly description: string; readonly apis: readonly ApiDefinition[] },
  context: ActionContext,
): Promise<string> {
  const releasedAt = context.clock.now();
  const versionName = `${new Date(releasedAt).toISOString().replaceAll(/\D/g, "").slice(0, 14)}${randomUUID()}`;
  const record = { versionName, environment, releasedAt, ...content };
  if (!(await context.store.apiGateway.releases.release(ofService, record))) throw serviceMissing(ofService);
  await announceService(context, ofService);
  return versionName;
}

function chooseApis(all: readonly ApiRecord[], apiIds: readonly string[], ofService: string): readonly ApiRecord[] {
  return apiIds.map((apiId) => {
    const found = all.find((api) => api.apiId === apiId);
    if (found !== undefined) return found;
    throw new ApiError("ResourceNotFound.InvalidApi", `${ofService} has no API ${JSON.stringify(apiId)}.`);
  });
}

async function servedApis(
  ofService: string,
  environment: EnvironmentName,
  { store }: ActionContext,
): Promise<readonly ApiDefinition[]> {
  const { releases } = store.apiGateway;
  const served = (await releases.environments(ofService)).find((one) => one.environment === environment);
  if (served === undefined) return [];
  return (await releases.apisOf(ofService, served.versionName)) ?? [];
}

/** With the key that its tokens are checked with now. */
function releasedDefinition({ definition, authorizedBy }: ApiRecord, all: readonly ApiRecord[]): ApiDefinition {
  const check = all.find(({ apiId }) => apiId === authorizedBy)?.oauth;
  return check === undefined || check === null
    ? definition
    : { ...definition, authorization: { kind: "jwt", ...check } };
}

export const unReleaseService = defineResultAction({
  name: "UnReleaseService",
  group,
  summary: "Takes a service, or some of its APIs, back from an environment: they are served there no more.",
  input: z.object({
    ServiceId: serviceId,
    EnvironmentName: environmentName,
    ApiIds: z
      .array(text("An id", 64))
      .max(limits.apiGateway.idsPerCall)
      .optional()
      .describe("The APIs to take back, which makes a release of the others. All of them when absent or empty"),
  }),
  result: done,
  errors: [...releaseErrors, "InvalidParameterValue.InvalidEnvStatus"],
  async handle(given, context) {
    const { ServiceId: ofService, EnvironmentName: environment, ApiIds: apiIds } = given;
    await findService(context, ofService);
    const wasThere =
      apiIds === undefined || apiIds.length === 0
        ? await context.store.apiGateway.releases.unrelease(ofService, environment)
        : await takeBack(ofService, environment, apiIds, context);
    if (!wasThere) throw notReleased(ofService, environment, apiIds);
    await announceService(context, ofService);
    return true;
  },
});

/** Makes an environment serve what it serves without these APIs. False: it serves none of them. */
export async function takeBack(
  ofService: string,
  environment: EnvironmentName,
  apiIds: readonly string[],
  context: ActionContext,
): Promise<boolean> {
  const served = await servedApis(ofService, environment, context);
  const apis = served.filter(({ apiId }) => !apiIds.includes(apiId));
  if (apis.length === served.length) return false;
  const { releases } = context.store.apiGateway;
  if (apis.length === 0) await releases.unrelease(ofService, environment);
  else await keep(ofService, environment, { description: `Without ${apiIds.join(", ")}`, apis }, context);
  await announceService(context, ofService);
  return true;
}

function notReleased(ofService: string, environment: string, apiIds: readonly string[] = []): ApiError {
  const what = apiIds.length === 0 ? ofService : `None of ${apiIds.join(", ")}`;
  return new ApiError("InvalidParameterValue.InvalidEnvStatus", `${what} is not released to ${environment}.`);
}

export const updateService = defineResultAction({
  name: "UpdateService",
  group,
  summary: "Makes an environment serve an earlier release, whole and at once.",
  input: z.object({
    ServiceId: serviceId,
    EnvironmentName: environmentName,
    VersionName: text("Name of the release, as DescribeServiceReleaseVersion tells it", 64),
    UpdateDesc: description.optional(),
  }),
  result: done,
  errors: [...releaseErrors, "InvalidParameterValue.InvalidEnvStatus"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const { releases } = context.store.apiGateway;
    const outcome = await releases.switchTo(given.ServiceId, given.EnvironmentName, given.VersionName);
    if (outcome === "missing") {
      throw new ApiError(
        "InvalidParameterValue.InvalidEnvStatus",
        `${given.ServiceId} has no release ${JSON.stringify(given.VersionName)}; DescribeServiceReleaseVersion lists them.`,
      );
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});
