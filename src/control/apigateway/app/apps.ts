import { randomBytes } from "node:crypto";
import { z } from "zod";
import { limits, randomName } from "../../../core/index.ts";
import type { ApiObject, AppContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { filters, fitsAll, listOf, pageOf, paging, text, times, timesOf } from "../fields.ts";
import { announceBound } from "../plan/plan-record.ts";
import { defineResultAction, done } from "../result-action.ts";

const group = "Applications";

export const appId = text("Id of the application", 64);
const appName = text("Name of the application", 50);
const appDesc = text("Description", 1_000).optional();
const appErrors = ["ResourceNotFound.InvalidApiApp"] as const;

const appInfo = z
  .object({
    ApiAppId: z.string().describe("Id of the application"),
    ApiAppName: z.string().describe("Its name"),
    ApiAppDesc: z.string().describe("Its description"),
    ApiAppKey: z.string().describe("Its key, sent with requests"),
    ApiAppSecret: z.string().describe("What requests are signed with"),
    ...times,
  })
  .meta({ id: "ApiAppInfo" });

function appReply(app: ApiObject<AppContent>): z.input<typeof appInfo> {
  const { name, description, key, secret } = app.content;
  return {
    ApiAppId: app.id,
    ApiAppName: name,
    ApiAppDesc: description,
    ApiAppKey: key,
    ApiAppSecret: secret,
    ...timesOf(app),
  };
}

export async function findApp({ store }: ActionContext, id: string): Promise<ApiObject<AppContent>> {
  const found = await store.apiGateway.apps.find(id);
  if (found !== null) return found;
  throw new ApiError("ResourceNotFound.InvalidApiApp", `There is no application ${JSON.stringify(id)}.`);
}

const random = (bytes: number) => randomBytes(bytes).toString("hex");

export const createApiApp = defineResultAction({
  name: "CreateApiApp",
  group,
  summary: "Makes an application, whose key pair calls the APIs with `AuthType` `APP` that it is bound to.",
  input: z.object({ ApiAppName: appName, ApiAppDesc: appDesc }),
  result: appInfo.describe("The application"),
  errors: [...appErrors, "LimitExceeded.ApiAppCountLimitExceeded"],
  async handle(given, context) {
    const id = `app-${randomName(8)}`;
    const content = {
      name: given.ApiAppName,
      description: given.ApiAppDesc ?? "",
      key: `APID${random(16)}`,
      secret: random(20),
    };
    const limit = limits.apiGateway.objects;
    if ((await context.store.apiGateway.apps.create(id, content, limit)) !== "created") {
      throw new ApiError(
        "LimitExceeded.ApiAppCountLimitExceeded",
        `There are ${limit} applications, as many as there may be.`,
      );
    }
    return appReply(await findApp(context, id));
  },
});

export const describeApiAppsStatus = defineResultAction({
  name: "DescribeApiAppsStatus",
  group,
  summary: "Lists the applications, the newest first.",
  input: z.object({ ...paging, Filters: filters(["ApiAppId", "ApiAppName", "KeyWord"]) }),
  result: listOf("ApiAppInfos", "The applications", "ApiAppSet", appInfo),
  errors: ["InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    const words = given.Filters?.find(({ Name: name }) => name === "KeyWord")?.Values ?? [];
    const fitting = (await context.store.apiGateway.apps.list()).map(appReply).filter((app) =>
      fitsAll(given.Filters, (name) => {
        if (name !== "KeyWord") return String(Object(app)[name]);
        return words.filter((word) => `${app.ApiAppId} ${app.ApiAppName}`.includes(word));
      }),
    );
    return { TotalCount: fitting.length, ApiAppSet: [...pageOf(fitting, given)] };
  },
});

/** Keeps a change and tells the listeners of all services that the application is bound to. */
async function change(id: string, changed: Partial<AppContent>, context: ActionContext): Promise<boolean> {
  await findApp(context, id);
  const { apps, bindings } = context.store.apiGateway;
  const wasThere = await apps.update(id, changed);
  await announceBound(await bindings.ofObject("app", id), context);
  return wasThere;
}

export const modifyApiApp = defineResultAction({
  name: "ModifyApiApp",
  group,
  summary: "Changes name or description of an application.",
  input: z.object({ ApiAppId: appId, ApiAppName: appName.optional(), ApiAppDesc: appDesc }),
  result: done,
  errors: appErrors,
  handle: (given, context) =>
    change(
      given.ApiAppId,
      {
        ...(given.ApiAppName === undefined ? {} : { name: given.ApiAppName }),
        ...(given.ApiAppDesc === undefined ? {} : { description: given.ApiAppDesc }),
      },
      context,
    ),
});

const credential = (min: number) => new RegExp(`^\\w{${min},50}$`);

export const updateApiAppKey = defineResultAction({
  name: "UpdateApiAppKey",
  group,
  summary: "Gives an application another key pair, at once.",
  input: z.object({
    ApiAppId: appId,
    ApiAppKey: text("The key: 5–50 letters, digits and `_`"),
    ApiAppSecret: text("The secret: 10–50 letters, digits and `_`; made when it is absent").optional(),
  }),
  result: done,
  errors: [...appErrors, "InvalidParameterValue.InvalidAccessKeyIds", "FailedOperation.AccessKeyExist"],
  async handle(given, context) {
    const { ApiAppId: id, ApiAppKey: key, ApiAppSecret: secret = random(20) } = given;
    if (!credential(5).test(key) || !credential(10).test(secret)) {
      throw new ApiError(
        "InvalidParameterValue.InvalidAccessKeyIds",
        "ApiAppKey must be 5–50 and ApiAppSecret 10–50 letters, digits and _.",
      );
    }
    const others = (await context.store.apiGateway.apps.list()).filter((app) => app.id !== id);
    if (others.some(({ content }) => content.key === key)) {
      throw new ApiError("FailedOperation.AccessKeyExist", `Another application has the key ${key}.`);
    }
    return change(id, { key, secret }, context);
  },
});

export const deleteApiApp = defineResultAction({
  name: "DeleteApiApp",
  group,
  summary: "Deletes an application; it calls nothing any more, at once.",
  input: z.object({ ApiAppId: appId }),
  result: done,
  errors: appErrors,
  async handle(given, context) {
    await findApp(context, given.ApiAppId);
    const { apps, bindings } = context.store.apiGateway;
    const bound = await bindings.ofObject("app", given.ApiAppId);
    const wasThere = await apps.delete(given.ApiAppId);
    await announceBound(bound, context);
    return wasThere;
  },
});
