import type { DomainInfo, EndpointsConf, GustClient } from "../../../sdk/src/index.ts";
import type { Origins } from "../../installation/hosts.ts";
import type { Style } from "../../terminal/style.ts";
import { localTime, table } from "../../terminal/table.ts";
import { listCertificates, stateOf, type Certificate } from "./certificates.ts";

interface DomainSurroundings {
  /** Null: it needs none, or none is known yet. */
  readonly certificate: Certificate | null;
  /** Where functions answer. */
  readonly origins: Origins;
  readonly style: Style;
}

/** All about a domain, label by label. */
export function describeDomain(domain: DomainInfo, around: DomainSurroundings): string {
  const { style } = around;
  const rows = [
    ["protocol", domain.Protocol],
    ...domain.EndpointsConfig.map((endpoint) => [endpoint.PathMatch, withRewrites(endpoint)]),
    ...certificateRows(domain, around),
    ...callsOf(domain, around.origins).map((line) => ["try", line]),
  ];
  return table(rows.map(([label = "", text = ""]) => [`  ${style.dim(label)}`, text]));
}

/** The certificate that a domain names, or that the server obtains for it. */
export async function certificateOf(
  { Domain: name, Protocol: protocol, CertConfig: { CertificateId: id = "" } }: DomainInfo,
  client: GustClient,
  signal: AbortSignal,
): Promise<Certificate | null> {
  if (id === "" && protocol === "HTTP") return null;
  const search = id === "" ? ({ SearchKey: name, FilterSource: "acme" } as const) : { CertIds: [id] };
  const found = await listCertificates(client, signal, search);
  return found.find((it) => id !== "" || it.Domain === name) ?? null;
}

/** `site`, `staging/site`, `site:stable` */
export function targetOf({ Namespace: namespace, FunctionName: name, Qualifier: qualifier }: EndpointsConf): string {
  const full = namespace === "default" ? name : `${namespace}/${name}`;
  return qualifier === "$DEFAULT" ? full : `${full}:${qualifier}`;
}

function withRewrites(endpoint: EndpointsConf): string {
  const rewrites = (endpoint.PathRewrite ?? []).map(({ Path: path, Rewrite: rewrite }) => `${path} becomes ${rewrite}`);
  return [targetOf(endpoint), ...rewrites].join(", ");
}

function certificateRows({ Protocol: protocol }: DomainInfo, { certificate, style }: DomainSurroundings): string[][] {
  if (protocol === "HTTP" && certificate === null) return [];
  if (certificate === null) return [["certificate", "not ordered yet; the server obtains it by ACME"]];
  const { CertificateId: id, From: from, CertEndTime: until } = certificate;
  const origin = from === "acme" ? ", obtained by the server (ACME)" : "";
  const end = until === "" ? "" : `, until ${localTime(until)}`;
  return [["certificate", `${id}${origin}${end}: ${stateOf(certificate, style)}`]];
}

/** Lines that reach it here whatever its DNS says, and whichever ports lead here. */
function callsOf(domain: DomainInfo, { endpoint, tlsEndpoint }: Origins): string[] {
  const path = (domain.EndpointsConfig[0]?.PathMatch ?? "/").replace(/\*$/, "");
  const call = (scheme: string, origin: string): string => {
    const { hostname, port } = new URL(origin);
    const at = `${hostname}:${port || (origin.startsWith("https:") ? "443" : "80")}`;
    return `curl --connect-to ::${at} ${scheme}://${domain.Domain}${path}`;
  };
  const isPlain = domain.Protocol !== "HTTPS" && endpoint.startsWith("http:");
  return [
    ...(isPlain ? [call("http", endpoint)] : []),
    ...(domain.Protocol !== "HTTP" && tlsEndpoint !== null ? [call("https", tlsEndpoint)] : []),
  ];
}
