import type { CertificateRecord, CustomDomain, DomainEndpoint } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { formatTime } from "../time.ts";
import { findFunction, resolveVersion } from "../function/function-record.ts";

/** Throws for a domain that is the platform's: what is below the base domain leads to functions, and the API has to stay reachable. */
export function checkDomain(domain: string, { config, origin }: ActionContext): void {
  const base = config.baseDomain.toLowerCase();
  if (domain === base || domain.endsWith(`.${base}`)) {
    throw new ApiError(
      "InvalidParameterValue",
      `Domain ${domain} belongs to the base domain ${base}, below which functions have theirs; choose one outside of it.`,
    );
  }
  if (new URL(origin).hostname === domain) {
    throw new ApiError(
      "InvalidParameterValue",
      `Domain ${domain} is the one by which this request reached the API, which would not be reached there any more.`,
    );
  }
}

/** Throws unless a domain of HTTPS has a certificate that is there, is for the domain, and has not expired. */
export async function checkCertificate(
  { domain, protocol, certificateId }: Pick<CustomDomain, "domain" | "protocol" | "certificateId">,
  { store, clock, config }: ActionContext,
): Promise<void> {
  if (certificateId === "") {
    if (protocol === "HTTP" || config.obtainsCertificates === true) return;
    throw new ApiError(
      "MissingParameter",
      `CertConfig.CertificateId is required with Protocol ${protocol}: this server obtains no certificates (GUST_ACME_DIRECTORY).`,
    );
  }
  const found = await store.certificates.find(certificateId);
  const problem = certificateProblem(certificateId, found, { domain, now: clock.now() });
  if (problem !== null) throw new ApiError("InvalidParameterValue", problem);
}

/** Why a certificate is none for a domain, as a sentence; null: it is one. */
export function certificateProblem(
  id: string,
  found: Pick<CertificateRecord, "names" | "validTo"> | null,
  { domain, now }: { readonly domain: string; readonly now: number },
): string | null {
  if (found === null) return `There is no certificate ${id.slice(0, 64)}; UploadCertificate of ssl gives one.`;
  const { names, validTo } = found;
  if (!names.includes(domain) && !names.includes(`*${domain.slice(domain.indexOf("."))}`)) {
    return `The certificate ${id} is for ${names.slice(0, 10).join(", ")}, and not for ${domain}.`;
  }
  return validTo <= now ? `The certificate ${id} expired on ${formatTime(validTo)}.` : null;
}

export function checkWaf(waf: { readonly WafOpen?: string | undefined } | undefined): void {
  if (waf?.WafOpen !== "OPEN") return;
  throw new ApiError("UnsupportedOperation", "A firewall for web applications (WafConfig.WafOpen) is not available.");
}

/** Throws unless every endpoint names an HTTP function or a service that is there, and a version or alias of it. */
export async function checkEndpoints(endpoints: readonly DomainEndpoint[], context: ActionContext): Promise<void> {
  const seen = new Set<string>();
  for (const { namespace, functionName, qualifier } of endpoints) {
    const key = `${namespace} ${functionName} ${qualifier}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const record = await findFunction(context, namespace, functionName);
    const { spec } = await resolveVersion(context, record, qualifier);
    if (spec.form !== "event") continue;
    throw new ApiError(
      "UnsupportedOperation",
      `${functionName} in the namespace ${namespace} is an event function, which answers no HTTP requests; a domain can lead to HTTP functions and services.`,
    );
  }
}

export function domainMissing(domain: string): ApiError {
  return new ApiError("ResourceNotFound", `There is no custom domain ${domain}.`);
}
