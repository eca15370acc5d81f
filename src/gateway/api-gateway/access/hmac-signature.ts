import { createHmac, timingSafeEqual } from "node:crypto";
import { valuesOf } from "../../listener/field-names.ts";
import type { RequestHead } from "../../listener/request-head.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";

/** What `Authorization: hmac id="…", algorithm="hmac-sha1", headers="x-date source", signature="…"` claims. */
export interface HmacClaim {
  readonly kind: "claim";
  readonly id: string;
  readonly hash: string;
  readonly signature: string;
  /** The signed headers as they are signed: `name: value`, a line each. */
  readonly lines: string;
}

/** How far the date of a signature may be from now. */
const maxSkewMs = 900_000;

/** What a claim may be long, and how many headers it may sign: it is read before anything is known of its sender. */
const maxClaimLength = 4_096;
const maxSignedHeaders = 50;

const hashes: Readonly<Record<string, string>> = {
  "hmac-sha1": "sha1",
  "hmac-sha256": "sha256",
  "hmac-sha384": "sha384",
  "hmac-sha512": "sha512",
};

/** Reads a claim and checks its date; whether the signature is right needs its secret. */
export function readHmacClaim(head: Pick<RequestHead, "endToEnd">, now: number): HmacClaim | ApiRefusal {
  const [authorization, ...others] = valuesOf(head.endToEnd, "authorization");
  if (authorization === undefined) return unauthorized(`${unverifiable}, a validate authorization header is required`);
  if (others.length > 0) return unauthorized("HMAC do not support multiple HTTP header.");
  if (authorization.length > maxClaimLength || !/^hmac\s/i.test(authorization))
    return unauthorized("HMAC authorization format error.");
  const fields = new Map(
    [...authorization.matchAll(/\b([a-z]+)="([^"]*)"/gi)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const id = fields.get("id") ?? "";
  const signature = fields.get("signature") ?? "";
  if (id === "" || signature === "") return unauthorized("HMAC id or signature missing.");
  const algorithm = (fields.get("algorithm") ?? "").toLowerCase();
  const hash = Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
  if (hash === undefined) return unauthorized(`HMAC algorithm ${algorithm.slice(0, 40)} not supported.`);
  const names = (fields.get("headers") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  if (names.length > maxSignedHeaders) return unauthorized("HMAC signs too many headers.");
  const lines = signedLines(head, names, now);
  return typeof lines === "string" ? { kind: "claim", id, hash, signature, lines } : lines;
}

/** In a time that tells nothing of where the two differ. */
export function isSignedWith(claim: HmacClaim, secret: string, text: string): boolean {
  const expected = createHmac(claim.hash, secret).update(text).digest();
  const given = Buffer.from(claim.signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export const wrongSignature = unauthorized("HMAC signature does not match.");
export const unknownKey = unauthorized("HMAC signature cannot be verified.");

const unverifiable = "HMAC signature cannot be verified";

function signedLines(head: Pick<RequestHead, "endToEnd">, names: readonly string[], now: number): string | ApiRefusal {
  const lines: string[] = [];
  let date: string | null = null;
  for (const name of names) {
    const [value, ...others] = valuesOf(head.endToEnd, name);
    if (value === undefined) return unauthorized(`${unverifiable}, a valid ${name.slice(0, 60)} header is required.`);
    if (others.length > 0) return unauthorized("HMAC do not support multiple HTTP header.");
    lines.push(`${name}: ${value}`);
    if (name === "x-date" || (name === "date" && date === null)) date = value;
  }
  if (date === null) return unauthorized(`${unverifiable}, a valid date or x-date header is required.`);
  const at = Date.parse(date);
  if (Number.isNaN(at))
    return unauthorized(`${unverifiable}, a valid x-date header is required for HMAC Authentication.`);
  if (Math.abs(now - at) <= maxSkewMs) return lines.join("\n");
  return unauthorized(`${unverifiable}, the x-date header is out of date for HMAC Authentication.`);
}

function unauthorized(message: string): ApiRefusal {
  return apiRefusal(401, message, ["www-authenticate", "hmac"]);
}
