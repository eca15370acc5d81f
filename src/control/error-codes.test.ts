import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { absentApiGatewayActions } from "./apigateway/absent-actions.ts";
import { apiGatewayActions } from "./apigateway/catalog.ts";
import type { Action } from "./action.ts";
import { documentedApiGatewayCodes } from "./documented-api-gateway-codes.suite.ts";
import { documentedCodes, documentedSslCodes } from "./documented-codes.suite.ts";
import { errorCodes, everyActionsErrors } from "./error-codes.ts";
import { products } from "./products.ts";
import { absentScfActions, scfActions } from "./scf/catalog.ts";

/** Codes of every product of Tencent Cloud. */
const generalCodes = [
  "AuthFailure.SignatureFailure",
  "AuthFailure.SignatureExpire",
  "AuthFailure.SecretIdNotFound",
  "AuthFailure.InvalidSecretId",
  "AuthFailure.TokenFailure",
  "AuthFailure.InvalidAuthorization",
  "InvalidAction",
  "InvalidParameter",
  "MissingParameter",
  "UnknownParameter",
  "NoSuchVersion",
  "RequestLimitExceeded",
  "RequestSizeLimitExceeded",
  "UnsupportedProtocol",
  "InternalError",
];

const codesIn = (documented: Readonly<Record<string, string>>): string[] =>
  Object.entries(documented).flatMap(([head, tails]) =>
    tails.split(" ").map((tail) => (tail === "-" ? head : `${head}.${tail}`)),
  );

describe("error codes", () => {
  it("are all spelled as Tencent documents them", () => {
    const codes = [documentedCodes, documentedSslCodes, documentedApiGatewayCodes].flatMap(codesIn);
    const documented = new Set([...generalCodes, ...codes]);
    const strange = Object.keys(errorCodes).filter((code) => !documented.has(code));
    assert.deepEqual(strange, []);
  });

  it("are those of the product whose action declares them", () => {
    const strangeOf = (actions: readonly Action[], codes: Readonly<Record<string, string>>) => {
      const known = new Set<string>([...generalCodes, ...everyActionsErrors, ...codesIn(codes)]);
      return actions.flatMap(({ name, errors }) =>
        errors.filter((code) => !known.has(code)).map((code) => [name, code]),
      );
    };
    assert.deepEqual(strangeOf(scfActions, documentedCodes), []);
    assert.deepEqual(strangeOf(apiGatewayActions, documentedApiGatewayCodes), []);
  });

  it("are each declared by an action, or general", () => {
    const actions = Object.values(products).flatMap((product) => [...product.actions.values()]);
    const declared = new Set<string>([...everyActionsErrors, ...actions.flatMap((action) => action.errors)]);
    const unused = Object.keys(errorCodes).filter((code) => !declared.has(code));
    assert.deepEqual(unused, []);
  });
});

describe("the catalogue of actions", () => {
  it("has all 52 actions of scf 2018-04-16, each once", () => {
    const names = [...scfActions.map(({ name }) => name), ...absentScfActions.keys()];
    assert.equal(new Set(names).size, 52);
    assert.equal(names.length, 52);
  });

  it("has all 98 actions of apigateway 2018-08-08, each once", () => {
    const names = [...apiGatewayActions.map(({ name }) => name), ...absentApiGatewayActions.keys()];
    assert.equal(new Set(names).size, 98);
    assert.equal(names.length, 98);
  });

  it("gives every action a permission of its own", () => {
    for (const action of scfActions) assert.equal(action.permission, `scf:${action.name}`);
    for (const action of apiGatewayActions) assert.equal(action.permission, `apigw:${action.name}`);
  });
});
