import { createHash } from "node:crypto";
import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import type { Caller } from "./caller.ts";
import { isSignedWith, readHmacClaim, unknownKey, wrongSignature } from "./hmac-signature.ts";

interface App {
  readonly key: string;
  readonly secret: string;
}

/**
 * Checks the signature of an application: that of the headers, of the method, and of the path with all parameters in the order of their names.
 * `body`: null where it was not read, as only that of a form or one with a Content-MD5 is needed.
 */
export function checkApp(
  exchange: Exchange,
  request: ApiRequest,
  apps: readonly App[],
  { body, now }: { readonly body: Buffer | null; readonly now: number },
): Caller | ApiRefusal {
  const claim = readHmacClaim(exchange.head, now);
  if (claim.kind === "api-refusal") return claim;
  const app = apps.find(({ key }) => key === claim.id);
  if (app === undefined) return unknownKey;
  const { headers, method } = exchange.request;
  const md5 = String(headers["content-md5"] ?? "");
  const start = [claim.lines, method, headers.accept ?? "", headers["content-type"] ?? "", md5];
  const parameters = parametersOf(exchange, request, body);
  const { path, prefix, sentPath } = request;
  const paths = [path, prefix + path, sentPath, sentPath.slice(prefix.length)];
  const texts = paths.map((each) => [...start, each + (parameters === "" ? "" : `?${parameters}`)].join("\n"));
  if (!texts.some((text) => isSignedWith(claim, app.secret, text))) return wrongSignature;
  if (md5 !== "" && !isMd5Of(md5, body ?? Buffer.alloc(0))) return apiRefusal(401, "Content-MD5 does not match.");
  return { secretId: app.key, key: null };
}

/** Whether the signature of an application cannot be checked without the body. */
export function signsBody(exchange: Exchange): boolean {
  return exchange.request.headers["content-md5"] !== undefined || isForm(exchange);
}

function isForm({ head }: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(head.contentType);
}

/** As they were before they were encoded; a name alone where there is no value. */
function parametersOf(exchange: Exchange, { query }: ApiRequest, body: Buffer | null): string {
  const form = body !== null && isForm(exchange) ? body.toString() : "";
  return [...new URLSearchParams(query), ...new URLSearchParams(form)]
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .join("&");
}

/** Base64 of the digest, or of its hex digits, as Tencent's own examples write it. */
function isMd5Of(given: string, body: Buffer): boolean {
  const hex = createHash("md5").update(body).digest("hex");
  return given === Buffer.from(hex, "hex").toString("base64") || given === Buffer.from(hex).toString("base64");
}
