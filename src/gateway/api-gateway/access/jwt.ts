import { createPublicKey, type KeyObject } from "node:crypto";
import { errors, jwtVerify } from "jose";
import type { ApiAuthorization } from "../../../core/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { anybody, type Caller } from "./caller.ts";

type JwtSettings = Extract<ApiAuthorization, { kind: "jwt" }>;

/** Checks the JSON Web Token of a request: its signature and its times. */
export async function checkJwt(
  exchange: Exchange,
  request: ApiRequest,
  settings: JwtSettings,
  now: number,
): Promise<Caller | ApiRefusal> {
  const token = tokenOf(exchange, request, settings);
  if (token === null) return missing(settings);
  const key = keyOf(settings);
  if (key === null || algorithmsOf(key).length === 0) return apiRefusal(481, "Oauth public key error.");
  if ((key.asymmetricKeyDetails?.modulusLength ?? Infinity) < minRsaBits) return shortKey;
  try {
    await jwtVerify(token, key, { algorithms: algorithmsOf(key), currentDate: new Date(now) });
    return anybody;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return apiRefusal(401, "Oauth id_token verify error.", ["www-authenticate", 'Bearer error="invalid_token"']);
  }
}

/** Those of the key's own kind, with which nothing but a token can be wrong; its text must not do as a shared secret. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string[] {
  if (asymmetricKeyType === "rsa") return ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
  if (asymmetricKeyType === "ec") return curves.get(asymmetricKeyDetails?.namedCurve ?? "") ?? [];
  return asymmetricKeyType === "ed25519" ? ["EdDSA", "Ed25519"] : [];
}

const curves: ReadonlyMap<string, string[]> = new Map([
  ["prime256v1", ["ES256"]],
  ["secp384r1", ["ES384"]],
  ["secp521r1", ["ES512"]],
]);

/** What is shorter is refused by the rules of JWT (RFC 7518, 3.3). */
const minRsaBits = 2_048;

function tokenOf(exchange: Exchange, { query }: ApiRequest, { place, name }: JwtSettings): string | null {
  if (place === "query") return new URLSearchParams(query).get(name);
  const value = exchange.request.headers[name.toLowerCase()];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined ? null : text.replace(/^Bearer\s+/i, "");
}

function missing({ loginUrl }: JwtSettings): ApiRefusal {
  if (loginUrl !== null) return apiRefusal(302, "Oauth miss Oauth id_token.", ["location", loginUrl]);
  return apiRefusal(401, "Oauth miss Oauth id_token.", ["www-authenticate", "Bearer"]);
}

const shortKey = apiRefusal(481, `Oauth public key error: an RSA key has at least ${minRsaBits} bits.`);

/** Kept with their settings, and gone with them. */
const keys = new WeakMap<JwtSettings, KeyObject | null>();

function keyOf(settings: JwtSettings): KeyObject | null {
  let key = keys.get(settings);
  if (key !== undefined) return key;
  key = readKey(settings.publicKey.trim());
  keys.set(settings, key);
  return key;
}

/** PEM, or a JWK as JSON. */
function readKey(text: string): KeyObject | null {
  try {
    return createPublicKey(text.startsWith("{") ? { key: JSON.parse(text), format: "jwk" } : text);
  } catch {
    return null; // no key: the API cannot be called until it has one
  }
}
