import { createHmac, timingSafeEqual } from "node:crypto";
import type { FunctionId } from "./ids.ts";

/** The function that temporary credentials are given to, as it was when it got them. */
export interface FunctionIdentity {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  /** `Role` of the function's configuration. */
  readonly role: string;
}

/** A key pair that signs for a while, and only together with its token. */
export interface TemporaryCredentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly expiresAt: number;
}

/** The key that signs tokens of an installation. A new key of the account makes all earlier tokens worthless. */
export function tokenKeyOf(account: { readonly secretKey: string; readonly tokenSecret: string }): Buffer {
  return sign(account.tokenSecret, `tokens of functions ${account.secretKey}`);
}

/**
 * Nothing of them is stored: the token says for whom and until when, and the pair follows from the token. They are the same whenever
 * `identity` and `expiresAt` are.
 */
export function issueCredentials(
  tokenKey: Buffer,
  identity: FunctionIdentity,
  expiresAt: number,
): TemporaryCredentials {
  const { functionId, namespace, name, role } = identity;
  const expiresS = Math.floor(expiresAt / 1_000);
  const claim = Buffer.from(JSON.stringify([format, functionId, namespace, name, role, expiresS])).toString(
    "base64url",
  );
  const token = `${claim}.${sign(tokenKey, `token ${claim}`).toString("base64url")}`;
  return { ...pairOf(tokenKey, token), token, expiresAt: expiresS * 1_000 };
}

/** Whom a token was issued to; null when it was not issued here, or is not whole. It may be over its time. */
export function readToken(
  tokenKey: Buffer,
  token: string,
): { readonly identity: FunctionIdentity; readonly credentials: TemporaryCredentials } | null {
  const [claim = "", signature = "", ...rest] = token.length > maxTokenLength ? [] : token.split(".");
  const given = Buffer.from(signature, "base64url");
  const expected = sign(tokenKey, `token ${claim}`);
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  if (given.toString("base64url") !== signature) return null; // the same bytes, written in another way
  const [made, functionId, namespace, name, role, expiresS] = readClaim(claim);
  if (made !== format) return null;
  return {
    identity: { functionId, namespace, name, role },
    credentials: { ...pairOf(tokenKey, token), token, expiresAt: expiresS * 1_000 },
  };
}

/** Whether a SecretId is of temporary credentials, by its look: without a token nobody knows whose. */
export function isTemporaryId(secretId: string): boolean {
  return secretId.startsWith(temporaryPrefix);
}

const format = 1;
const temporaryPrefix = "AKIDtmp-";
/** Names are short, and a role has at most 256 characters of up to six bytes of JSON. */
const maxTokenLength = 4_096;

type Claim = readonly [typeof format, FunctionId, string, string, string, number];

/** Only for text whose signature was checked: it is what `issueCredentials` wrote. */
function readClaim(claim: string): Claim {
  return JSON.parse(Buffer.from(claim, "base64url").toString("utf8"));
}

function pairOf(tokenKey: Buffer, token: string): { readonly secretId: string; readonly secretKey: string } {
  const id = sign(tokenKey, `id ${token}`).toString("base64url").slice(0, 24);
  return { secretId: temporaryPrefix + id, secretKey: sign(tokenKey, `key ${token}`).toString("base64url") };
}

function sign(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
