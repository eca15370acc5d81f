import assert from "node:assert/strict";
import { it } from "node:test";
import type { FunctionId } from "./ids.ts";
import { issueCredentials, isTemporaryId, readToken, tokenKeyOf } from "./temporary-credentials.ts";

const account = { secretKey: "key", tokenSecret: "secret" };
const key = tokenKeyOf(account);
const identity = {
  functionId: "lam-abcd1234" as FunctionId, // brand: a made-up one
  namespace: "default",
  name: "caller",
  role: "qcs::cam::uin/1:roleName/角色 🦀",
};
const expiresAt = 1_900_000_000_000;

it("a token says for whom and until when, and its key pair follows from it", () => {
  const issued = issueCredentials(key, identity, expiresAt + 999);
  assert.deepEqual(readToken(key, issued.token), { identity, credentials: issued });
  assert.equal(issued.expiresAt, expiresAt);
  assert.ok(isTemporaryId(issued.secretId));
  assert.match(issued.token, /^[\w.-]+$/, "it fits into a header");
  assert.deepEqual(issueCredentials(key, identity, expiresAt), issued);
  for (const { token } of [
    issueCredentials(key, identity, expiresAt + 1_000),
    issueCredentials(key, { ...identity, name: "other" }, expiresAt),
  ]) {
    const other = readToken(key, token)?.credentials;
    assert.notEqual(other?.secretId, issued.secretId);
    assert.notEqual(other?.secretKey, issued.secretKey);
  }
});

it("no other text is a token: not one that is cut, longer, changed anywhere, or signed with another key", () => {
  const { token, secretKey } = issueCredentials(key, identity, expiresAt);
  const another = issueCredentials(key, { ...identity, name: "other" }, expiresAt).token;
  const forgeries = [
    "",
    ".",
    `${token}.`,
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    `${token.split(".")[0]}.${another.split(".")[1]}`,
    `${Buffer.from("[1]").toString("base64url")}.${token.split(".")[1]}`,
    issueCredentials(Buffer.from(secretKey), identity, expiresAt).token,
    "A".repeat(10_000),
  ];
  for (let cut = 1; cut < token.length; cut++) forgeries.push(token.slice(0, -cut));
  for (let at = 0; at < token.length; at++) {
    forgeries.push(token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1));
  }
  for (const forgery of forgeries) assert.equal(readToken(key, forgery), null, forgery);
});

it("a new key of the account, or another installation's secret, ends all tokens", () => {
  const { token } = issueCredentials(key, identity, expiresAt);
  assert.notEqual(readToken(tokenKeyOf({ ...account }), token), null);
  assert.equal(readToken(tokenKeyOf({ ...account, secretKey: "new" }), token), null);
  assert.equal(readToken(tokenKeyOf({ ...account, tokenSecret: "other" }), token), null);
});
