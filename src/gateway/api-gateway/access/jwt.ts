import { createPublicKey, type KeyObject } from "node:crypto";
import { errors, jwtVerify } from "jose";
import type { ApiAuthorization } from "../../../core/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { anybody, type Caller } from "./caller.ts";

type JwtSettings = Extract<ApiAuthorization, { kind: "jwt" }>;

/** Signatures with a public key alone: the text of that key must not do as a shared secret. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

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
  if (key === null) return apiRefusal(481, "Oauth public key error.");
  try {
    await jwtVerify(token, key, { algorithms, currentDate: new Date(now) });
    return anybody;
  } catch (error) {
    if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error; // the latter: a key of another kind
    return apiRefusal(401, "Oauth id_token verify error.", ["www-authenticate", 'Bearer error="invalid_token"']);
  }
}

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
