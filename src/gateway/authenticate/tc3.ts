import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { findSigner, type Problem, type Signer, type Signers } from "./find-signer.ts";
import { checkTimestamp } from "./signed-request.ts";

/** What an `Authorization: TC3-HMAC-SHA256 …` header claims, checked as far as is possible before the body is here. */
export interface Tc3Claim {
  readonly kind: "claim";
  /** Who it is, if the signature proves right. */
  readonly signer: Signer;
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  /** False: the client signed the words UNSIGNED-PAYLOAD instead of its body. */
  readonly signsPayload: boolean;
}

const authorizationPattern =
  /^TC3-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/,\s]+)\/tc3_request\s*,\s*SignedHeaders=([a-z0-9;-]+)\s*,\s*Signature=([0-9a-f]{64})$/;

/** Reads the claim of a request. `now` is in milliseconds since 1970. */
export function readTc3Claim(
  headers: IncomingHttpHeaders,
  method: string,
  signers: Signers,
  now: number,
): Tc3Claim | Problem {
  const match = authorizationPattern.exec(headers.authorization ?? "");
  if (match === null) {
    return problem(
      "AuthFailure.InvalidAuthorization",
      "The Authorization header is missing or not of the form TC3-HMAC-SHA256 Credential=<SecretId>/<date>/<service>/tc3_request, SignedHeaders=<names>, Signature=<hex>.",
    );
  }
  const [, secretId = "", date = "", service = "", names = "", signature = ""] = match;
  const signedHeaders = names.split(";");
  const missing = missingSignedHeader(signedHeaders, headers, method);
  if (missing !== null) return problem("AuthFailure.InvalidAuthorization", missing);
  const timestamp = String(headers["x-tc-timestamp"] ?? "");
  const late = checkTimestamp(timestamp, now);
  if (late !== null) return problem(late.code, late.message);
  if (new Date(Number(timestamp) * 1_000).toISOString().slice(0, 10) !== date) {
    return problem(
      "AuthFailure.InvalidAuthorization",
      `The date ${date} of the credential scope is not the UTC date of X-TC-Timestamp ${timestamp}.`,
    );
  }
  const signer = findSigner(signers, secretId, String(headers["x-tc-token"] ?? ""), now);
  if (signer.kind === "problem") return signer;
  const signsPayload = headers["x-tc-content-sha256"] !== "UNSIGNED-PAYLOAD";
  return { kind: "claim", signer, date, service, signedHeaders, signature, timestamp, signsPayload };
}

function missingSignedHeader(names: readonly string[], headers: IncomingHttpHeaders, method: string): string | null {
  for (const needed of method === "POST" ? ["content-type", "host"] : ["host"]) {
    if (!names.includes(needed)) return `SignedHeaders must contain ${needed}.`;
  }
  for (const name of names) {
    if (name !== "host" && headers[name] === undefined) return `SignedHeaders names ${name}, which was not sent.`;
  }
  return null;
}

/** Compares the claim with what the key makes of the request; `null` when they agree. */
export function verifyTc3(
  claim: Tc3Claim,
  request: {
    readonly method: string;
    /** Path as it was sent; the API has one alone. */
    readonly path?: string;
    /** Query as it was sent, without `?`. */
    readonly query: string;
    readonly headers: IncomingHttpHeaders;
    /** What the client may have taken for the host, likeliest first. */
    readonly hosts: readonly string[];
    /** SHA-256 of the body in hex. */
    readonly payloadHash: string;
  },
): Problem | null {
  const scope = `${claim.date}/${claim.service}/tc3_request`;
  const key = hmac(hmac(hmac(`TC3${claim.signer.secretKey}`, claim.date), claim.service), "tc3_request");
  const given = Buffer.from(claim.signature, "hex");
  const payload = claim.signsPayload ? request.payloadHash : "UNSIGNED-PAYLOAD";
  for (const isLowerCase of [false, true]) {
    for (const host of request.hosts) {
      const block = claim.signedHeaders
        .map((name) => `${name}:${headerValue(request.headers, name, host, isLowerCase)}\n`)
        .join("");
      const canonical = `${request.method}\n${request.path ?? "/"}\n${request.query}\n${block}\n${claim.signedHeaders.join(";")}\n${payload}`;
      const text = `TC3-HMAC-SHA256\n${claim.timestamp}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`;
      if (timingSafeEqual(hmac(key, text), given)) return null;
    }
  }
  return problem(
    "AuthFailure.SignatureFailure",
    "The signature does not belong to this request: check the SecretKey, and that body and headers are sent as signed.",
  );
}

/** The documentation lower-cases values before signing, the SDKs do not: both are tried. */
function headerValue(headers: IncomingHttpHeaders, name: string, host: string, isLowerCase: boolean): string {
  const value = name === "host" ? host : String(headers[name] ?? "").trim();
  return isLowerCase ? value.toLowerCase() : value;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function problem(code: string, message: string): Problem {
  return { kind: "problem", code, message };
}
