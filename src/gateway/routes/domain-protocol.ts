import type { RequestHead } from "../listener/request-head.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";
import type { DomainSettings } from "./domain-routes.ts";

/** How a request came, as far as the protocols of its domain care. */
export interface Arrival {
  readonly isTls: boolean;
  /** Where TLS is spoken; null: nowhere here, so that somebody in front of this server ends it. */
  readonly tlsPort: number | null;
}

/** What a request gets that came by a protocol which its domain does not have; null: it has it. */
export function answerOfProtocol(
  { protocol }: Pick<DomainSettings, "protocol">,
  { method, url, head, isTls, tlsPort }: Arrival & { method: string; url: string; head: RequestHead },
): Refusal | { readonly kind: "redirect"; readonly location: string } | null {
  if (protocol === "HTTP" && isTls) return httpOnly(head.hostName);
  if (protocol !== "HTTPS" || isTls || tlsPort === null || cameByTls(head)) return null;
  // Whoever came by port 80 came by a mapping of ports, which has 443 as well.
  const port = head.authority.includes(":") ? `:${tlsPort}` : "";
  const origin = `https://${head.hostName}${port}`;
  if ((method !== "GET" && method !== "HEAD") || head.upgrade !== "") return httpsOnly(head.hostName, origin);
  return { kind: "redirect", location: `${origin}${url}` };
}

/** By way of a proxy that ended TLS. Whoever claims it of a connection without, protects nobody but themselves less. */
function cameByTls({ rawHeaders }: RequestHead): boolean {
  return rawHeaders.some(
    (name, index) =>
      index % 2 === 0 && name.toLowerCase() === "x-forwarded-proto" && rawHeaders[index + 1]?.startsWith("https"),
  );
}

function httpOnly(hostName: string): Refusal {
  const message = `The domain ${hostName} has the protocol HTTP alone; UpdateCustomDomain (of a service: ModifySubDomain) gives it both.`;
  return refusal(421, "ProtocolNotAllowed", message);
}

function httpsOnly(hostName: string, origin: string): Refusal {
  const message = `The domain ${hostName} takes HTTPS alone: send this request to ${origin}.`;
  return refusal(403, "ProtocolNotAllowed", message);
}
