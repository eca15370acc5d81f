import { createHash } from "node:crypto";
import type { Problem, Signers } from "../authenticate/find-signer.ts";
import { hostCandidates } from "../authenticate/signed-request.ts";
import { readTc3Claim, verifyTc3, type Tc3Claim } from "../authenticate/tc3.ts";
import type { Exchange } from "../listener/exchange.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";
import { pathOfUrl, queryOfUrl } from "../path-of-url.ts";

/** The product whose name is in the scope of the signature. */
const service = "scf";

/**
 * The signature of a request of a function URL, before its body is here. It is the API's, TC3-HMAC-SHA256, with the path of the
 * request instead of `/`; the time may be in X-Scf-Cam-Timestamp.
 */
export function readCamClaim(exchange: Exchange, signers: Signers, now: number): Tc3Claim | Refusal {
  const { request } = exchange;
  const headers = { ...request.headers };
  headers["x-tc-timestamp"] ??= headers["x-scf-cam-timestamp"];
  const claim = readTc3Claim(headers, request.method, signers, now);
  if (claim.kind === "problem") return unauthorized(claim);
  if (claim.service === service) return claim;
  return unauthorized({
    kind: "problem",
    code: "AuthFailure.InvalidAuthorization",
    message: `The credential scope names the service ${JSON.stringify(claim.service.slice(0, 32))}; a function URL's is ${service}.`,
  });
}

/** Null: the signature is right. */
export function verifyCam(claim: Tc3Claim, exchange: Exchange, body: Buffer): Refusal | null {
  const { request, head } = exchange;
  const { url } = request;
  const problem = verifyTc3(claim, {
    method: request.method,
    path: pathOfUrl(url),
    query: queryOfUrl(url),
    headers: request.headers,
    hosts: hostCandidates(head.authority),
    payloadHash: claim.signsPayload ? createHash("sha256").update(body).digest("hex") : "",
  });
  return problem === null ? null : unauthorized(problem);
}

function unauthorized({ code, message }: Problem): Refusal {
  const more = { setting: "AuthType of the function URL", pairs: ["www-authenticate", "TC3-HMAC-SHA256"] };
  return refusal(401, code, `This function URL takes signed requests alone (AuthType CAM). ${message}`, more);
}
