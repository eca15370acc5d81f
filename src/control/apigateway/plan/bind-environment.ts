import { z } from "zod";
import type { Binding } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { findApi } from "../api/apis.ts";
import { environmentName, ids, oneOf, serviceId } from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import { announceService, findService, serviceMissing } from "../service/service-record.ts";
import { findPlan } from "./plan-record.ts";

const group = "Usage plans";

const fields = {
  UsagePlanIds: ids("Ids of the usage plans"),
  BindType: oneOf(["SERVICE", "API"]).describe("`SERVICE`: all APIs of the service; `API`: those of `ApiIds`"),
  Environment: environmentName,
  ServiceId: serviceId,
  ApiIds: ids("The APIs, with `BindType` `API`").optional(),
};

const bindErrors = [
  "MissingParameter",
  "ResourceNotFound.InvalidService",
  "ResourceNotFound.InvalidApi",
  "ResourceNotFound.InvalidUsagePlan",
] as const;

type Given = z.output<z.ZodObject<typeof fields>>;

/** Each plan with each API, all of which are there. */
async function bindingsOf(given: Given, context: ActionContext): Promise<Binding[]> {
  await findService(context, given.ServiceId);
  for (const planId of given.UsagePlanIds) await findPlan(context, planId);
  if (given.BindType === "API" && given.ApiIds === undefined) {
    throw new ApiError("MissingParameter", "ApiIds is required with BindType API.");
  }
  const apiIds = given.BindType === "API" ? (given.ApiIds ?? []) : [null];
  for (const apiId of apiIds) if (apiId !== null) await findApi(context, given.ServiceId, apiId);
  return given.UsagePlanIds.flatMap((objectId) =>
    apiIds.map((apiId) => ({ objectId, serviceId: given.ServiceId, environment: given.Environment, apiId })),
  );
}

export const bindEnvironment = defineResultAction({
  name: "BindEnvironment",
  group,
  summary:
    "Binds usage plans to an environment of a service, or to some of its APIs: their keys may call what asks for a key.",
  input: z.object(fields),
  result: done,
  errors: bindErrors,
  async handle(given, context) {
    const bindings = await bindingsOf(given, context);
    if (!(await context.store.apiGateway.bindings.bind("plan", bindings))) throw serviceMissing(given.ServiceId);
    await announceService(context, given.ServiceId);
    return true;
  },
});

export const unBindEnvironment = defineResultAction({
  name: "UnBindEnvironment",
  group,
  summary: "Takes usage plans off an environment of a service, or off some of its APIs.",
  input: z.object(fields),
  result: done,
  errors: [...bindErrors, "UnsupportedOperation.NoUsagePlanEnv"],
  async handle(given, context) {
    const bindings = await bindingsOf(given, context);
    if ((await context.store.apiGateway.bindings.unbind("plan", bindings)) === 0) {
      throw new ApiError("UnsupportedOperation.NoUsagePlanEnv", "None of the usage plans is bound there in this way.");
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});

export const demoteServiceUsagePlan = defineResultAction({
  name: "DemoteServiceUsagePlan",
  group,
  summary: "Binds a usage plan that is bound to a whole service to each of its APIs instead.",
  input: z.object({
    UsagePlanId: z.string().describe("Id of the usage plan"),
    ServiceId: serviceId,
    Environment: environmentName,
  }),
  result: done,
  errors: [...bindErrors, "UnsupportedOperation.NoUsagePlanEnv"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    await findPlan(context, given.UsagePlanId);
    const { apis, bindings } = context.store.apiGateway;
    const at = { objectId: given.UsagePlanId, serviceId: given.ServiceId, environment: given.Environment };
    const whole = { ...at, apiId: null };
    const bound = await bindings.ofObject("plan", given.UsagePlanId);
    const isBound = bound.some(
      (one) => one.serviceId === at.serviceId && one.environment === at.environment && one.apiId === null,
    );
    if (!isBound) {
      throw new ApiError(
        "UnsupportedOperation.NoUsagePlanEnv",
        "The usage plan is not bound to that service as a whole.",
      );
    }
    const all = await apis.list(given.ServiceId);
    await bindings.bind(
      "plan",
      all.map(({ apiId }) => ({ ...at, apiId })),
    ); // before the whole goes: nobody is locked out in between
    await bindings.unbind("plan", [whole]);
    await announceService(context, given.ServiceId);
    return true;
  },
});
