import {
  isTemporaryId,
  readToken,
  type AuthenticationProblem,
  type FunctionIdentity,
  type Principal,
} from "../../core/index.ts";

/** Who may sign: the account of the installation, and functions with a token that its key made. */
export interface Signers {
  readonly account: {
    readonly appId: string;
    readonly uin: string;
    readonly secretId: string;
    readonly secretKey: string;
  };
  readonly tokenKey: Buffer;
}

/** Whose a key pair is, if the signature proves right. */
export interface Signer {
  readonly kind: "signer";
  readonly secretKey: string;
  readonly principal: Principal;
}

export interface Problem extends AuthenticationProblem {
  readonly kind: "problem";
}

/**
 * Finds the key that a request must be signed with. Needs no database: the account is in memory, and a token tells the rest. `now` is in
 * milliseconds since 1970; `token` is empty when none was sent.
 */
export function findSigner(signers: Signers, secretId: string, token: string, now: number): Signer | Problem {
  const { appId, uin, secretKey, secretId: ofAccount } = signers.account;
  if (secretId === ofAccount) {
    if (token !== "") return tokenFailure("The token is not one that belongs to the account's SecretId: it has none.");
    return { kind: "signer", secretKey, principal: { kind: "account", appId, uin, secretId } };
  }
  if (token !== "") return findFunction(signers, secretId, token, now);
  if (isTemporaryId(secretId)) {
    return tokenFailure(
      "This SecretId is of temporary credentials, which hold together with their token alone: send it as X-TC-Token " +
        '(in an SDK: the "token" of the credential; in a function it is TENCENTCLOUD_SESSIONTOKEN).',
    );
  }
  const isNone = secretId === "" || secretId === "undefined" || secretId === "None";
  return problem(
    "AuthFailure.SecretIdNotFound",
    `The SecretId does not exist in this installation.${isNone ? ` It is ${JSON.stringify(secretId)}: a function has one in TENCENTCLOUD_SECRETID only if it has a Role.` : ""}`,
  );
}

function findFunction(
  { account: { appId, uin }, tokenKey }: Signers,
  secretId: string,
  token: string,
  now: number,
): Signer | Problem {
  const found = readToken(tokenKey, token);
  if (found === null) {
    return isTemporaryId(secretId)
      ? tokenFailure("The token is not one that this installation issued, or its account has a new key since.")
      : problem("AuthFailure.SecretIdNotFound", "The SecretId does not exist in this installation.");
  }
  const { identity, credentials } = found;
  if (credentials.secretId !== secretId) {
    return tokenFailure("The token belongs to another SecretId: take SecretId, SecretKey and token from one place.");
  }
  if (credentials.expiresAt <= now) return tokenFailure(explainExpiry(identity, credentials.expiresAt));
  const principal: Principal = { kind: "function", appId, uin, secretId, ...identity };
  return { kind: "signer", secretKey: credentials.secretKey, principal };
}

function explainExpiry({ namespace, name }: FunctionIdentity, expiresAt: number): string {
  return (
    `The temporary credentials of the function ${namespace}/${name} expired at ${new Date(expiresAt).toISOString()}. ` +
    "Events bring fresh ones in their variables; other functions get them from the address in GUST_CREDENTIALS_URL."
  );
}

function tokenFailure(message: string): Problem {
  return problem("AuthFailure.TokenFailure", message);
}

function problem(code: string, message: string): Problem {
  return { kind: "problem", code, message };
}
