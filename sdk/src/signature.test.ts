import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { authorizationOf } from "./signature.ts";

interface OfficialSigner {
  sign3(request: Record<string, unknown>): string;
}

const load = createRequire(import.meta.url);
const official = load("tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js") as { default: OfficialSigner }; // untyped module

const secretId = "AKIDexampleexampleexample";
const secretKey = "Gu5t-example-key";

describe("TC3-HMAC-SHA256", () => {
  for (const fields of [{}, { FunctionName: "hello", Description: 'Grüße, 世界 \\ "quoted"' }]) {
    it(`signs ${JSON.stringify(fields)} as Tencent's own SDK does`, async () => {
      const timestamp = 1_763_942_400;
      const signed = await authorizationOf(
        {
          host: "127.0.0.1",
          contentType: "application/json",
          body: JSON.stringify(fields),
          service: "scf",
          timestamp,
        },
        { secretId, secretKey },
      );
      const expected = official.default.sign3({
        method: "POST",
        url: "http://127.0.0.1/",
        payload: fields,
        timestamp,
        service: "scf",
        secretId,
        secretKey,
        headers: { "Content-Type": "application/json" },
      });
      assert.equal(signed, expected);
    });
  }

  it("gives the signature that Tencent's SDK gave once", async () => {
    const signed = await authorizationOf(
      {
        host: "127.0.0.1",
        contentType: "application/json",
        body: '{"FunctionName":"hello"}',
        service: "scf",
        timestamp: 1_763_942_400,
      },
      { secretId, secretKey },
    );
    assert.equal(
      signed,
      "TC3-HMAC-SHA256 Credential=AKIDexampleexampleexample/2025-11-24/scf/tc3_request, " +
        "SignedHeaders=content-type;host, Signature=06d33beefb87f4ff0beb61fbeb5a7ece69ba6efda77c0df3152253724a839a7a",
    );
  });
});
