import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { SignJWT } from "jose";
import type { Exchange } from "../../listener/exchange.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { checkJwt } from "./jwt.ts";

describe("a JSON Web Token", () => {
  const kinds = {
    rsa: ["RS256", generateKeyPairSync("rsa", { modulusLength: 2_048 })],
    ec: ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ec384: ["ES384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ed: ["EdDSA", generateKeyPairSync("ed25519")],
  } as const;
  const settings = (publicKey: KeyObject) => ({
    kind: "jwt" as const,
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    place: "query" as const,
    name: "t",
    loginUrl: null,
  });
  const request = (t: string) => ({ query: `t=${t}` }) as unknown as ApiRequest; // all that is read of it
  const check = async (publicKey: KeyObject, token: string) => {
    const result = await checkJwt({} as unknown as Exchange, request(token), settings(publicKey), Date.now()); // nor is this
    return "kind" in result ? result.status : 200;
  };

  it("is of the kind of its key, and is refused with any other", async () => {
    for (const [, { publicKey }] of Object.values(kinds)) {
      for (const [alg, own] of Object.values(kinds)) {
        const token = await new SignJWT({}).setProtectedHeader({ alg }).sign(own.privateKey);
        assert.equal(await check(publicKey, token), publicKey === own.publicKey ? 200 : 401, alg);
      }
    }
  });

  it("is never signed with the text of the public key", async () => {
    const { publicKey } = kinds.rsa[1];
    const shared = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from(settings(publicKey).publicKey));
    assert.equal(await check(publicKey, shared), 401);
  });

  it("has no short RSA key, and none that signs nothing", async () => {
    const short = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    assert.equal(await check(short.publicKey, "a.b.c"), 481);
    assert.equal(await check(generateKeyPairSync("x25519").publicKey, "a.b.c"), 481);
  });
});
