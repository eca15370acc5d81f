import { createHmac, timingSafeEqual } from "node:crypto";
import { checkTimestamp, type Keys } from "./credentials.ts";
import type { Problem } from "./tc3.ts";

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

/** Checks the older signature, whose parts are parameters among the fields; `null` when it is right. */
export function verifyV1(
  parameters: ReadonlyMap<string, string>,
  keys: Keys,
  request: { readonly method: string; readonly hosts: readonly string[]; readonly now: number },
): Problem | null {
  const algorithm = algorithms.get(parameters.get("SignatureMethod") ?? "HmacSHA1");
  if (algorithm === undefined) {
    return problem("AuthFailure.SignatureFailure", "The SignatureMethod must be HmacSHA1 or HmacSHA256.");
  }
  const signature = parameters.get("Signature");
  if (signature === undefined) return problem("MissingParameter", "The parameter Signature is missing.");
  const late = checkTimestamp(parameters.get("Timestamp") ?? "", request.now);
  if (late !== null) return problem(late.code, late.message);
  if (parameters.get("SecretId") !== keys.secretId) {
    return problem("AuthFailure.SecretIdNotFound", "The SecretId does not exist in this installation.");
  }
  if ((parameters.get("Token") ?? "") !== "") {
    return problem("AuthFailure.TokenFailure", "The Token is not one that this installation issued.");
  }
  const given = Buffer.from(signature, "base64");
  for (const text of signedTexts(parameters, request)) {
    const expected = createHmac(algorithm, keys.secretKey).update(text).digest();
    if (given.length === expected.length && timingSafeEqual(given, expected)) return null;
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
