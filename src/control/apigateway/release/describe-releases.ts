import { z } from "zod";
import { limits } from "../../../core/index.ts";
import { environmentName, environmentNames, formatTime, listOf, pageOf, paging, serviceId } from "../fields.ts";
import { defineResultAction } from "../result-action.ts";
import { findService, urlOf } from "../service/service-record.ts";

const group = "Releases";

const versionName = z.string().describe("Name of the release");
const versionDesc = z.string().describe("What was new, or `UpdateDesc` of UpdateService");

const version = z
  .object({ VersionName: versionName, VersionDesc: versionDesc })
  .meta({ id: "DescribeServiceReleaseVersionResultVersionListInfo" });

export const describeServiceReleaseVersion = defineResultAction({
  name: "DescribeServiceReleaseVersion",
  group,
  summary: `Lists the releases of a service, the newest first: ${limits.apiGateway.releasesPerEnvironment} of each environment are kept, and those that one serves.`,
  input: z.object({ ServiceId: serviceId, ...paging }),
  result: listOf("ServiceReleaseVersion", "The releases", "VersionList", version),
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = await context.store.apiGateway.releases.list(given.ServiceId);
    const page = pageOf(all, given).map((one) => ({ VersionName: one.versionName, VersionDesc: one.description }));
    return { TotalCount: all.length, VersionList: page };
  },
});

const environment = z
  .object({
    EnvironmentName: z.string().describe("`test`, `prepub` or `release`"),
    Url: z.string().describe("Where it is reached"),
    Status: z.int().describe("1: it serves a release; 0: it does not"),
    VersionName: z.string().describe("The release that it serves; empty: none"),
    CreateTime: z.string().describe("Since when it serves that, UTC; empty: it does not"),
  })
  .meta({ id: "Environment" });

export const describeServiceEnvironmentList = defineResultAction({
  name: "DescribeServiceEnvironmentList",
  group,
  summary: "Tells what each environment of a service serves, and where.",
  input: z.object({ ServiceId: serviceId, ...paging }),
  result: listOf("ServiceEnvironmentSet", "The environments", "EnvironmentList", environment),
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    const served = await context.store.apiGateway.releases.environments(given.ServiceId);
    const all = environmentNames.map((name) => {
      const found = served.find((one) => one.environment === name);
      return {
        EnvironmentName: name,
        Url: urlOf(service, name, context),
        Status: found === undefined ? 0 : 1,
        VersionName: found?.versionName ?? "",
        CreateTime: found === undefined ? "" : formatTime(found.since),
      };
    });
    return { TotalCount: all.length, EnvironmentList: [...pageOf(all, given)] };
  },
});

const releaseHistory = z
  .object({
    VersionName: versionName,
    VersionDesc: versionDesc,
    ReleaseTime: z.string().describe("When it was released, or served again, UTC"),
  })
  .meta({ id: "ServiceReleaseHistoryInfo" });

export const describeServiceEnvironmentReleaseHistory = defineResultAction({
  name: "DescribeServiceEnvironmentReleaseHistory",
  group,
  summary:
    "Lists what was released to an environment of a service, and what it was made to serve again, the newest first.",
  input: z.object({
    ServiceId: serviceId,
    EnvironmentName: environmentName.optional().describe("The environment; all of them when absent"),
    ...paging,
  }),
  result: listOf("ServiceReleaseHistory", "The releases", "VersionList", releaseHistory),
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = (await context.store.apiGateway.releases.history(given.ServiceId)).filter(
      (one) => given.EnvironmentName === undefined || one.environment === given.EnvironmentName,
    );
    const page = pageOf(all, given).map((one) => ({
      VersionName: one.versionName,
      VersionDesc: one.description,
      ReleaseTime: formatTime(one.releasedAt),
    }));
    return { TotalCount: all.length, VersionList: page };
  },
});
