import type { ServiceRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";

/** The service of this id. Throws where there is none. */
export async function findService({ store }: Pick<ActionContext, "store">, serviceId: string): Promise<ServiceRecord> {
  const found = await store.apiGateway.services.find(serviceId);
  if (found === null) throw serviceMissing(serviceId);
  return found;
}

export function serviceMissing(serviceId: string): ApiError {
  return new ApiError("ResourceNotFound.InvalidService", `There is no service ${JSON.stringify(serviceId)}.`);
}

/** Tells the listeners; they have it when this resolves. */
export async function announceService({ store }: Pick<ActionContext, "store">, serviceId: string): Promise<void> {
  await store.changes.announce("api-service", serviceId);
}

/** Host names under which a service is reached from outside and inside; empty where it is not. */
export function hostsOf(
  { hostLabel, takesExtranet, takesIntranet }: ServiceRecord,
  { config }: Pick<ActionContext, "config">,
): { readonly outer: string; readonly inner: string } {
  const host = `${hostLabel}.${config.baseDomain}`;
  return { outer: takesExtranet ? host : "", inner: takesIntranet ? host : "" };
}

/** Where an environment of a service is reached, with the port at which functions answer. */
export function urlOf(
  { hostLabel }: ServiceRecord,
  environment: string,
  { config, functionsOrigin }: Pick<ActionContext, "config" | "functionsOrigin">,
): string {
  const { protocol, port } = new URL(functionsOrigin);
  return `${protocol}//${hostLabel}.${config.baseDomain}${port === "" ? "" : `:${port}`}/${environment}`;
}

export function netTypesOf({ takesExtranet, takesIntranet }: ServiceRecord): ("OUTER" | "INNER")[] {
  return [...(takesExtranet ? (["OUTER"] as const) : []), ...(takesIntranet ? (["INNER"] as const) : [])];
}
