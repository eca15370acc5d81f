import { createHmac, timingSafeEqual } from "node:crypto";
import { findSigner, type Problem, type Signer, type Signers } from "./find-signer.ts";
import { checkTimestamp } from "./signed-request.ts";

const algorithms = new Map([
  ["HmacSHA1", "sha1"],
  ["HmacSHA256", "sha256"],
]);

/** Parameters of the older signature that are no fields of the action. */
const envelopeNames = new Set([
  "Action",
  "Version",
  "Region",
  "Timestamp",
  "Nonce",
  "SecretId",
  "Token",
  "Signature",
  "SignatureMethod",
  "RequestClient",
  "Language",
]);

/** Checks the older signature, whose parts are parameters among the fields, and says whose it is. */
export function verifyV1(
  parameters: ReadonlyMap<string, string>,
  signers: Signers,
  request: { readonly method: string; readonly hosts: readonly string[]; readonly now: number },
): Signer | Problem {
  const algorithm = algorithms.get(parameters.get("SignatureMethod") ?? "HmacSHA1");
  if (algorithm === undefined) {
    return problem("AuthFailure.SignatureFailure", "The SignatureMethod must be HmacSHA1 or HmacSHA256.");
  }
  const signature = parameters.get("Signature");
  if (signature === undefined) return problem("MissingParameter", "The parameter Signature is missing.");
  const late = checkTimestamp(parameters.get("Timestamp") ?? "", request.now);
  if (late !== null) return problem(late.code, late.message);
  const signer = findSigner(signers, parameters.get("SecretId") ?? "", parameters.get("Token") ?? "", request.now);
  if (signer.kind === "problem") return signer;
  const given = Buffer.from(signature, "base64");
  for (const text of signedTexts(parameters, request)) {
    const expected = createHmac(algorithm, signer.secretKey).update(text).digest();
    if (given.length === expected.length && timingSafeEqual(given, expected)) return signer;
  }
  return problem(
    "AuthFailure.SignatureFailure",
    "The signature does not belong to this request: check the SecretKey and the sorted parameters that were signed.",
  );
}

/** Values are not url-encoded; the Python SDK writes `_` in names as `.`. */
function signedTexts(
  parameters: ReadonlyMap<string, string>,
  request: { readonly method: string; readonly hosts: readonly string[] },
): readonly string[] {
  const names = [...parameters.keys()].filter((name) => name !== "Signature").toSorted();
  const plain = names.map((name) => `${name}=${parameters.get(name)}`).join("&");
  const dotted = names.map((name) => `${name.replaceAll("_", ".")}=${parameters.get(name)}`).join("&");
  return request.hosts.flatMap((host) =>
    [...new Set([plain, dotted])].map((text) => `${request.method}${host}/?${text}`),
  );
}

/** The action's own fields. */
export function withoutEnvelope(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...parameters].filter(([name]) => !envelopeNames.has(name)));
}

function problem(code: string, message: string): Problem {
  return { kind: "problem", code, message };
}
