import { GustApiError, type DomainInfo, type EndpointsConf, type GustClient } from "../../../sdk/src/index.ts";
import { pause } from "../../deployment/function-state.ts";
import { usage } from "../../failure.ts";
import { functionOrigins } from "../../installation/hosts.ts";
import type { CommonOptions, Session } from "../../session.ts";
import type { Certificate } from "./certificates.ts";
import { certificateOf, describeDomain } from "./domain-text.ts";

export interface PutOptions extends CommonOptions {
  readonly function?: string;
  readonly namespace?: string;
  readonly qualifier?: string;
  readonly path?: string;
  readonly protocol?: string;
  readonly certificate?: string;
}

/** Makes a domain, or changes of it what the options say: its other paths stay. */
export async function putDomain(name: string, options: PutOptions, session: Session): Promise<void> {
  const { terminal, connect, signal, gust } = session;
  const installation = await connect();
  const { client } = installation;
  const origins = await functionOrigins(installation, signal);
  const { outcome, domain } = await terminal.during(`Writing ${name}`, async () => {
    const before = await findDomain(name, client, signal);
    if (before === null) await client.request("CreateCustomDomain", newDomain(name, options), { signal });
    else await client.request("UpdateCustomDomain", changeOf(before, options), { signal });
    const after = await client.request("GetCustomDomain", { Domain: name }, { signal });
    return { outcome: before === null ? "created" : "updated", domain: after };
  });
  const certificate = await terminal.during(`Waiting for the certificate of ${name}`, () =>
    settledCertificate(domain, client, signal),
  );
  terminal.result({ outcome, domain, certificate }, () => {
    const { style } = terminal;
    const title = `${style.green("✔")} ${style.bold(domain.Domain)}  ${outcome}`;
    return `${title}\n${describeDomain(domain, { certificate, origins, style })}`;
  });
  if (certificate?.StatusName === "failed") {
    terminal.warn(
      `The certificate could not be obtained. It is tried again later, or now: ${gust(`domain add ${name}`)}`,
    );
  } else if (isOrdered(domain) && certificate?.StatusName !== "issued") {
    terminal.note(`The certificate is being obtained. How it goes: ${gust(`domain info ${name}`)}`);
  }
}

async function findDomain(name: string, client: GustClient, signal: AbortSignal): Promise<DomainInfo | null> {
  try {
    return await client.request("GetCustomDomain", { Domain: name }, { signal });
  } catch (error) {
    if (error instanceof GustApiError && error.code === "ResourceNotFound") return null;
    throw error;
  }
}

function newDomain(name: string, options: PutOptions) {
  const endpoint = endpointOf(options);
  if (endpoint === null) throw usage(`${name} is new: where does it lead? --function NAME says it.`);
  return { Domain: name, EndpointsConfig: [endpoint], Protocol: "HTTP", ...tlsOf(options) };
}

/** The path of another function, or none: all others stay, and so do the rewrites of a path that is there. */
function changeOf({ Domain: name, Protocol: protocol, EndpointsConfig: before }: DomainInfo, options: PutOptions) {
  const given = endpointOf(options);
  const tls = tlsOf(protocol === "HTTP" || options.protocol !== undefined ? options : { ...options, protocol });
  if (given === null) return { Domain: name, ...tls };
  const isGiven = ({ PathMatch }: EndpointsConf): boolean => PathMatch === given.PathMatch;
  const changed = before.map((one) => (isGiven(one) ? { ...one, ...given } : one));
  return { Domain: name, ...tls, EndpointsConfig: before.some(isGiven) ? changed : [...before, given] };
}

/** Null where the options name no function. */
function endpointOf({ function: name, namespace, qualifier, path }: PutOptions): EndpointsConf | null {
  if (name !== undefined) {
    const [Namespace, Qualifier] = [namespace ?? "default", qualifier ?? "$DEFAULT"];
    return { Namespace, FunctionName: name, Qualifier, PathMatch: path ?? "/*" };
  }
  if ((namespace ?? qualifier ?? path) === undefined) return null;
  throw usage("To which function? --function NAME says it.");
}

/** A certificate is of no use without HTTPS. */
function tlsOf({ protocol, certificate: id }: PutOptions) {
  const asked = protocol?.toUpperCase() ?? (id === undefined ? undefined : "HTTPS");
  return {
    ...(asked === undefined ? {} : { Protocol: asked }),
    ...(id === undefined ? {} : { CertConfig: { CertificateId: id } }),
  };
}

function isOrdered({ Protocol: protocol, CertConfig: { CertificateId: id = "" } }: DomainInfo): boolean {
  return protocol !== "HTTP" && id === "";
}

const longestWaitMs = 30_000;
const lookEveryMs = 300;

/** The domain's certificate; one that is being obtained is waited for, though not for long. */
async function settledCertificate(
  domain: DomainInfo,
  client: GustClient,
  signal: AbortSignal,
): Promise<Certificate | null> {
  const since = performance.now();
  for (;;) {
    const found = await certificateOf(domain, client, signal);
    const isUnderWay = isOrdered(domain) && (found === null || found.StatusName === "obtaining");
    if (!isUnderWay || performance.now() - since > longestWaitMs) return found;
    await pause(lookEveryMs, signal);
  }
}
