import type { DomainSettings } from "./domain-routes.ts";

const path = "/.well-known/acme-challenge/";
const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The proof that a custom domain leads here (RFC 8555, 8.3), for the domains that the platform obtains certificates for; null: not asked for.
 * It follows from the token and the account, so that every process answers, whichever ordered.
 */
export function answerOfChallenge(
  { protocol, certificateId }: DomainSettings,
  url: string,
  thumbprint: string | null,
): string | null {
  if (thumbprint === null || !url.startsWith(path) || protocol === "HTTP" || certificateId !== "") return null;
  const token = url.slice(path.length);
  return tokenPattern.test(token) ? `${token}.${thumbprint}` : null;
}
