import { createPublicKey, type KeyObject } from "node:crypto";
import type { ApiAuthorization } from "../../../core/index.ts";
import type { ApiContent, TokenCheck } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ApiFields } from "./api-fields.ts";

type Authorization = Pick<ApiContent, "authorizedBy" | "oauth"> & { readonly authorization: ApiAuthorization };

const open: Authorization = { authorization: { kind: "none" }, authorizedBy: null, oauth: null };

/** Who may call the API. Throws for what cannot be checked. */
export async function authorizationOf(
  given: ApiFields,
  serviceId: string,
  context: ActionContext,
): Promise<Authorization> {
  const type = given.AuthType ?? "NONE";
  switch (type) {
    case "":
    case "NONE":
      return open;
    case "SECRET":
      return { ...open, authorization: { kind: "secret" } };
    case "APP":
      return { ...open, authorization: { kind: "app", apps: [] } };
    case "OAUTH":
      return tokenAuthorization(given, serviceId, context);
    case "EIAM":
      throw new ApiError(
        "UnsupportedOperation",
        "AuthType EIAM is not available; it can be NONE, SECRET, APP or OAUTH.",
      );
    default:
      throw new ApiError(
        "InvalidParameterValue",
        `AuthType must be NONE, SECRET, APP or OAUTH; it is ${JSON.stringify(type)}.`,
      );
  }
}

/** An API that gives tokens is open; the others ask for what it gave. */
async function tokenAuthorization(given: ApiFields, serviceId: string, context: ActionContext): Promise<Authorization> {
  const business = given.ApiBusinessType ?? "NORMAL";
  if (business === "OAUTH") return { ...open, oauth: tokenCheckOf(given) };
  if (business !== "NORMAL") {
    throw new ApiError(
      "InvalidParameterValue.InvalidApiBusinessType",
      `ApiBusinessType must be NORMAL or OAUTH; it is ${JSON.stringify(business)}.`,
    );
  }
  const authorizedBy = given.AuthRelationApiId ?? "";
  if (authorizedBy === "") {
    throw new ApiError(
      "MissingParameter",
      "AuthRelationApiId is required with AuthType OAUTH and ApiBusinessType NORMAL.",
    );
  }
  const related = await context.store.apiGateway.apis.find(serviceId, authorizedBy);
  if (related?.oauth === undefined || related.oauth === null) {
    throw new ApiError(
      "ResourceNotFound.InvalidOauthApi",
      `${serviceId} has no API ${JSON.stringify(authorizedBy)} with ApiBusinessType OAUTH, whose key would check the tokens.`,
    );
  }
  return { authorization: { kind: "jwt", ...related.oauth }, authorizedBy, oauth: null };
}

function tokenCheckOf({ OauthConfig: config }: ApiFields): TokenCheck {
  if (config === undefined) {
    throw new ApiError("MissingParameter", "OauthConfig is required with ApiBusinessType OAUTH.");
  }
  const location = /^(?:method\.req\.)?(header|query)(?:\.([\w-]{1,128}))?$/i.exec(config.TokenLocation);
  if (location === null) {
    throw new ApiError(
      "InvalidParameterValue",
      `OauthConfig.TokenLocation must be method.req.header.<name> or method.req.query.<name>; it is ${JSON.stringify(config.TokenLocation)}.`,
    );
  }
  return {
    publicKey: publicKeyOf(config.PublicKey),
    place: location[1]?.toLowerCase() === "query" ? "query" : "header",
    name: location[2] ?? "Authorization",
    loginUrl: loginUrlOf(config.LoginRedirectUrl),
  };
}

function loginUrlOf(text = ""): string | null {
  if (text === "") return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new ApiError(
    "InvalidParameterValue.InvalidUrl",
    "OauthConfig.LoginRedirectUrl must begin with http:// or https://.",
  );
}

/** PEM or a JWK as text, whichever was given, out of base64 where it was in it. */
function publicKeyOf(given: string): string {
  const candidates = [given, Buffer.from(given, "base64").toString("utf8")];
  const key = candidates.find(isPublicKey);
  if (key !== undefined && isLongEnough(key)) return key;
  if (key !== undefined) {
    throw new ApiError("InvalidParameterValue.InvalidPublicKey", `An RSA key has at least ${minRsaBits} bits.`);
  }
  throw new ApiError(
    "InvalidParameterValue.InvalidPublicKey",
    "The public key must be PEM, a JWK as JSON text, or either of them in base64.",
  );
}

function isPublicKey(text: string): boolean {
  try {
    return readKey(text).type === "public" && !text.includes("PRIVATE KEY");
  } catch {
    return false; // what the library cannot read is no key
  }
}

/** With a shorter one no token may be checked (RFC 7518, 3.3). */
const minRsaBits = 2_048;

function isLongEnough(text: string): boolean {
  return (readKey(text).asymmetricKeyDetails?.modulusLength ?? Infinity) >= minRsaBits;
}

function readKey(text: string): KeyObject {
  const trimmed = text.trim();
  return createPublicKey(trimmed.startsWith("{") ? { key: JSON.parse(trimmed), format: "jwk" } : trimmed);
}
