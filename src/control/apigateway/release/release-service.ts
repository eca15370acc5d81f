import { randomUUID } from "node:crypto";
import { z } from "zod";
import { limits, type ApiDefinition, type EnvironmentName } from "../../../core/index.ts";
import type { ApiRecord, ChooseReleased, ReleaseRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { routeOf } from "../api/api-definition.ts";
import { environmentName, ids, serviceId, text, tooMany } from "../fields.ts";
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
    const { ServiceId: ofService, EnvironmentName: environment, ReleaseDesc: what } = given;
    await findService(context, ofService);
    const record = newRelease(environment, what, context);
    const choose = chooseReleased(ofService, given.ApiIds);
    const outcome = await context.store.apiGateway.releases.release(ofService, record, choose);
    if (outcome === "missing") throw serviceMissing(ofService);
    await announceService(context, ofService); // the listeners have it then
    return { ReleaseDesc: what, ReleaseVersion: record.versionName };
  },
});

/** What of a service is released: these APIs beside what is served, or all of them. */
export function chooseReleased(ofService: string, apiIds: readonly string[] | undefined): ChooseReleased {
  return (all, served) => {
    if (all.length > 0) return releasedApis(ofService, all, served, apiIds);
    throw new ApiError("UnsupportedOperation.InvalidStatus", `${ofService} has no APIs: there is nothing to release.`);
  };
}

export function newRelease(environment: EnvironmentName, what: string, { clock }: ActionContext): ReleaseRecord {
  const releasedAt = clock.now();
  const versionName = `${new Date(releasedAt).toISOString().replaceAll(/\D/g, "").slice(0, 14)}${randomUUID()}`;
  return { versionName, environment, description: what, releasedAt };
}

/** Those that are chosen as they are now, and the others as they are served; a route that was given to a chosen one is that one's alone. */
function releasedApis(
  ofService: string,
  all: readonly ApiRecord[],
  served: readonly ApiDefinition[],
  apiIds: readonly string[] | undefined,
): readonly ApiDefinition[] {
  if (apiIds === undefined) return all.map((api) => releasedDefinition(api, all));
  const chosen = chooseApis(all, apiIds, ofService).map((api) => releasedDefinition(api, all));
  const chosenIds = new Set(chosen.map(({ apiId }) => apiId));
  const routes = new Set(chosen.map(routeOf));
  return [...chosen, ...served.filter((api) => !chosenIds.has(api.apiId) && !routes.has(routeOf(api)))];
}

function chooseApis(all: readonly ApiRecord[], apiIds: readonly string[], ofService: string): readonly ApiRecord[] {
  return apiIds.map((apiId) => {
    const found = all.find((api) => api.apiId === apiId);
    if (found !== undefined) return found;
    throw new ApiError("ResourceNotFound.InvalidApi", `${ofService} has no API ${JSON.stringify(apiId)}.`);
  });
}

/** With the key that its tokens are checked with now, which stays when the API that gives them does not. */
function releasedDefinition({ definition, authorizedBy }: ApiRecord, all: readonly ApiRecord[]): ApiDefinition {
  const giver = all.find(({ apiId }) => apiId === authorizedBy);
  if (giver === undefined || giver.oauth === null) return definition;
  return { ...definition, authorization: { kind: "jwt", ...giver.oauth, givenBy: giver.apiId } };
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
      .refine((list) => list.length <= limits.apiGateway.idsPerCall, tooMany(limits.apiGateway.idsPerCall, "ids"))
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
async function takeBack(
  ofService: string,
  environment: EnvironmentName,
  apiIds: readonly string[],
  context: ActionContext,
): Promise<boolean> {
  const { record, choose } = releaseWithout(environment, apiIds, context);
  return (await context.store.apiGateway.releases.release(ofService, record, choose)) === "released";
}

/** What is served, without these APIs. */
export function releaseWithout(environment: EnvironmentName, apiIds: readonly string[], context: ActionContext) {
  const record = newRelease(environment, `Without ${apiIds.join(", ")}`, context);
  const choose: ChooseReleased = (_, served) => {
    const others = served.filter(({ apiId }) => !apiIds.includes(apiId));
    return others.length === served.length ? null : others;
  };
  return { record, choose };
}

function notReleased(ofService: string, environment: string, apiIds: readonly string[] = []): ApiError {
  const what = apiIds.length === 0 ? ofService : `None of ${apiIds.join(", ")}`;
  return new ApiError("InvalidParameterValue.InvalidEnvStatus", `${what} is not released to ${environment}.`);
}

export const updateService = defineResultAction({
  name: "UpdateService",
  group,
  summary:
    "Makes an environment serve an earlier release, whole and at once. The history of its releases has it, with `UpdateDesc`.",
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
    const outcome = await releases.switchTo(given.ServiceId, {
      environment: given.EnvironmentName,
      versionName: given.VersionName,
      description: given.UpdateDesc ?? "",
    });
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
