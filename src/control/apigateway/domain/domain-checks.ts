import { limits, type EnvironmentName } from "../../../core/index.ts";
import type { ServiceDomainContent, ServiceRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import { hostsOf, serviceMissing } from "../service/service-record.ts";
import { certificateProblem } from "../../scf/domain/checks.ts";

export { checkDomain } from "../../scf/domain/checks.ts";
export { domainName } from "../../scf/domain/structures.ts";

export const domainErrors = [
  "MissingParameter",
  "UnsupportedOperation",
  "ResourceNotFound.InvalidService",
  "FailedOperation.CertificateIdError",
  "FailedOperation.DomainAlreadyBindOtherService",
  "FailedOperation.DomainAlreadyBindService",
  "FailedOperation.DomainNotBindService",
  "FailedOperation.NetSubDomainError",
  "FailedOperation.PathMappingSetError",
] as const satisfies readonly ErrorCode[];

/** Why a domain was not bound. */
export function bindingProblem(
  outcome: "exists" | "leads-to-functions" | "limit" | "service-missing",
  domain: string,
  ofService: string,
): ApiError {
  switch (outcome) {
    case "service-missing":
      return serviceMissing(ofService);
    case "exists":
      return new ApiError("FailedOperation.DomainAlreadyBindService", `${domain} is bound to a service already.`);
    case "leads-to-functions":
      return new ApiError(
        "FailedOperation.DomainAlreadyBindOtherService",
        `${domain} is a custom domain of functions; a domain leads to one or the other. DeleteCustomDomain frees it.`,
      );
    case "limit":
      return new ApiError(
        "LimitExceeded.ExceededDomainLimit",
        `${ofService} has ${limits.apiGateway.domainsPerService} domains, as many as it may.`,
      );
  }
}

/** The certificate, which has to be there, for the domain, and not expired; null: there is none, or it is obtained. */
export async function checkCertificate(
  { domain, protocol, id = "" }: { domain: string; protocol: ServiceDomainContent["protocol"]; id: string | undefined },
  { store, clock, config }: ActionContext,
): Promise<string | null> {
  if (id === "") {
    if (protocol === "http" || config.obtainsCertificates === true) return null;
    throw new ApiError("MissingParameter", `CertificateId is required with Protocol ${protocol}.`);
  }
  const problem = certificateProblem(id, await store.certificates.find(id), { domain, now: clock.now() });
  if (problem !== null) throw new ApiError("FailedOperation.CertificateIdError", problem);
  return id;
}

/** The net that a domain is in: one that its service takes requests from. */
export function checkNet(
  net: ServiceDomainContent["netType"],
  { serviceId, takesExtranet, takesIntranet }: ServiceRecord,
): ServiceDomainContent["netType"] {
  if (net === "OUTER" ? takesExtranet : takesIntranet) return net;
  throw new ApiError(
    "UnsupportedOperation",
    `NetType ${net} is none that ${serviceId} has: ModifyService with this in NetTypes gives it to the service.`,
  );
}

/** The host name that the domain's DNS is to lead to: the service's own in that net. Whoever leaves it empty is right, too. */
export function checkHost(
  host: string,
  net: ServiceDomainContent["netType"],
  service: ServiceRecord,
  context: ActionContext,
): void {
  const own = hostsOf(service, context)[net === "OUTER" ? "outer" : "inner"];
  if (host === "" || host.toLowerCase() === own.toLowerCase()) return;
  throw new ApiError(
    "FailedOperation.NetSubDomainError",
    `NetSubDomain must be ${own}, which is the host name of ${service.serviceId} in ${net}, or empty; it is ${JSON.stringify(host)}.`,
  );
}

/** Whether requests without TLS go to HTTPS, which the domain has to have. */
export function checkForced(isForced: boolean, by: ServiceDomainContent["protocol"]): boolean {
  if (!isForced || by !== "http") return isForced;
  throw new ApiError(
    "InvalidParameterValue",
    "IsForcedHttps must be false with Protocol http: the domain speaks no HTTPS that requests could go to.",
  );
}

/** The paths of a domain; null: they begin with the environment. */
export function checkPaths(
  isDefault: boolean,
  given: readonly { readonly Path: string; readonly Environment: EnvironmentName }[] | undefined,
): ServiceDomainContent["paths"] {
  if (isDefault) return null;
  const paths = (given ?? []).map(({ Path: path, Environment: environment }) => {
    return { path: path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path, environment };
  });
  if (paths.length === 0) {
    throw new ApiError("MissingParameter", "PathMappingSet is required when IsDefaultMapping is false.");
  }
  const isGood = paths.every(({ path }) => /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(path));
  if (isGood && paths.length <= maxPaths && new Set(paths.map(({ path }) => path)).size === paths.length) return paths;
  throw new ApiError(
    "FailedOperation.PathMappingSetError",
    `PathMappingSet must have at most ${maxPaths} paths, such as / or /v1, each once.`,
  );
}

const maxPaths = 20;
