import { z } from "zod";
import { ApiError } from "../../api-error.ts";
import { tag, text } from "../fields.ts";

/** Fields of back ends that this server does not have: known, and refused by name. */

const absent = "Not available";
const number = z.number().optional().describe(absent);
const flag = z.boolean().optional().describe(absent);
const word = text(absent).optional();

const microService = z
  .object({ ClusterId: word, NamespaceId: word, MicroServiceName: word })
  .meta({ id: "MicroServiceReq" });

const loadBalance = z
  .object({ IsLoadBalance: flag, Method: word, SessionStickRequired: flag, SessionStickTimeout: number })
  .meta({ id: "TsfLoadBalanceConfResp" });

const healthCheck = z
  .object({
    IsHealthCheck: flag,
    RequestVolumeThreshold: number,
    SleepWindowInMilliseconds: number,
    ErrorThresholdPercentage: number,
  })
  .meta({ id: "HealthCheckConf" });

const target = z
  .object({ VmIp: word, VpcId: word, VmPort: number, HostIp: word, DockerIp: word })
  .meta({ id: "TargetServicesReq" });

const base64Rule = z
  .object({ Name: word, Value: z.array(text(absent)).optional().describe(absent) })
  .meta({ id: "Base64EncodedTriggerRule" });

export const tsfFields = {
  MicroServices: z.array(microService).optional().describe(absent),
  ServiceTsfLoadBalanceConf: loadBalance.optional().describe(absent),
  ServiceTsfHealthCheckConf: healthCheck.optional().describe(absent),
  TargetServices: z.array(target).optional().describe(absent),
  TargetServicesLoadBalanceConf: number,
  TargetServicesHealthCheckConf: healthCheck.optional().describe(absent),
  TargetNamespaceId: word,
  EventBusId: word,
};

export const eiamFields = {
  EIAMAppType: word,
  EIAMAuthType: word,
  EIAMAppId: word,
  TokenTimeout: number,
};

/** What ModifyApi has beside these. */
export const incrementalBase64Fields = {
  IsBase64Trigger: flag,
  Base64EncodedTriggerRules: z.array(base64Rule).optional().describe(absent),
};

export const unusedFields = {
  UserType: text("Kept for clients that send it; nothing looks at it").optional(),
  Owner: text("Kept for clients that send it; nothing looks at it").optional(),
};

export const tagSpecifications = tag.optional().describe("A tag; nothing looks at it");

const refusedNames = [
  ...Object.keys(tsfFields),
  ...Object.keys(eiamFields),
  ...Object.keys(incrementalBase64Fields),
] as const;

/** Throws for a field that asks for what is not here; empty ones ask for nothing. */
export function refuseAbsent(given: Readonly<Record<string, unknown>>): void {
  const name = refusedNames.find((one) => asks(given[one]));
  if (name === undefined) return;
  throw new ApiError("UnsupportedOperation", `${name} is not available: this server does not have what it is about.`);
}

/** Throws for parameters that a back end of this type would never see. */
export function refuseUntaken(given: Readonly<Record<string, unknown>> & { readonly ServiceType: string }): void {
  const name = given.ServiceType === "HTTP" ? undefined : httpNames.find((one) => asks(given[one]));
  if (name === undefined) return;
  throw new ApiError(
    "UnsupportedOperation",
    `${name} goes with ServiceType HTTP alone: a back end of type ${given.ServiceType} gets the request as it is. An empty list takes them away.`,
  );
}

const httpNames = ["ConstantParameters", "ServiceParameters"] as const;

function asks(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== "" && value !== false && value !== 0;
}
