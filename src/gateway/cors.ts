import type { IncomingHttpHeaders } from "node:http";
import type { CorsSettings } from "../core/index.ts";

/** Whether a browser asks for permission before it sends what a page wants to send. */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

/** The headers of the answer to a preflight; a page that may not gets none that permit it. */
export function preflightHeaders(cors: CorsSettings, headers: IncomingHttpHeaders): readonly string[] {
  const vary = ["vary", "origin, access-control-request-method, access-control-request-headers"];
  const origin = allowedOrigin(cors, headers.origin ?? "");
  if (origin === null) return vary;
  const asked = headers["access-control-request-method"] ?? "";
  const askedHeaders = headers["access-control-request-headers"] ?? "";
  const pairs = [...vary, "access-control-allow-origin", origin];
  // A "*" is no wildcard where credentials are sent, so that what was asked for is named.
  pairs.push("access-control-allow-methods", cors.methods.includes("*") ? asked : cors.methods.join(", "));
  const allowed = cors.headers.includes("*") ? askedHeaders : cors.headers.join(", ");
  if (allowed !== "") pairs.push("access-control-allow-headers", allowed);
  if (cors.allowsCredentials) pairs.push("access-control-allow-credentials", "true");
  if (cors.maxAgeS > 0) pairs.push("access-control-max-age", String(cors.maxAgeS));
  return pairs;
}

/** What is added to the answer to a page's request; empty when none sent it, or its origin is not allowed. */
export function corsHeaders(cors: CorsSettings, origin: string | undefined): readonly string[] {
  if (origin === undefined) return [];
  const allowed = allowedOrigin(cors, origin);
  if (allowed === null) return ["vary", "origin"];
  const pairs = ["vary", "origin", "access-control-allow-origin", allowed];
  if (cors.exposeHeaders.length > 0) pairs.push("access-control-expose-headers", cors.exposeHeaders.join(", "));
  if (cors.allowsCredentials) pairs.push("access-control-allow-credentials", "true");
  return pairs;
}

/** `pairs` with `added`, which win: the settings of the URL stand above what the function says of CORS. `vary` stays. */
export function withCors(pairs: readonly string[], added: readonly string[]): readonly string[] {
  if (added.length === 0) return pairs;
  const kept: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    if (!name.toLowerCase().startsWith("access-control-")) kept.push(name, pairs[i + 1] ?? "");
  }
  return [...kept, ...added];
}

/** The origin to name in the answer; null: it is not allowed. */
function allowedOrigin({ origins }: CorsSettings, origin: string): string | null {
  if (origins.includes("*")) return "*";
  const host = origin.replace(/^[a-z][a-z0-9+.-]*:\/\//, "");
  return origins.some((allowed) => fits(allowed, origin) || fits(allowed, host)) ? origin : null;
}

function fits(allowed: string, origin: string): boolean {
  const star = allowed.indexOf("*.");
  if (star < 0) return allowed === origin;
  const [before, after] = [allowed.slice(0, star), allowed.slice(star + 1)];
  return origin.startsWith(before) && origin.endsWith(after) && origin.length > before.length + after.length;
}
