import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { issueCredentials, type FunctionId, type TemporaryCredentials } from "../../core/index.ts";
import { RawClient } from "../testing/raw-client.ts";
import { account, startGateway, tokenKey, type StartedGateway } from "../testing/started-gateway.ts";

/** The part of the published client that is used here; it is CommonJS. */
interface Sdk {
  CommonClient: new (
    endpoint: string,
    version: string,
    options: object,
  ) => {
    request(action: string, fields: object): Promise<Record<string, unknown>>;
  };
}

const sdk = createRequire(import.meta.url)("tencentcloud-sdk-nodejs-common") as Sdk; // its own types describe it loosely

const identity = {
  functionId: "lam-abcd1234" as FunctionId, // brand: a made-up one
  namespace: "default",
  name: "caller",
  role: "SCF_QcsRole",
};
const hourMs = 3_600_000;
const good = issueCredentials(tokenKey, identity, Date.now() + hourMs);

async function call(
  port: number,
  credential: Partial<Pick<TemporaryCredentials, "secretId" | "secretKey" | "token">>,
  { sign = "TC3-HMAC-SHA256", method = "POST" } = {},
): Promise<Record<string, unknown>> {
  const endpoint = `127.0.0.1:${port}`;
  const httpProfile = { endpoint, protocol: "http://", reqMethod: method };
  const options = { credential, region: "ap-guangzhou", profile: { signMethod: sign, httpProfile } };
  return new sdk.CommonClient(endpoint, "2018-04-16", options).request("Invoke", { FunctionName: "hello" });
}

const ways = ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"].flatMap((sign) =>
  ["POST", "GET"].map((method) => ({ sign, method })),
);

describe("temporary credentials of a function", () => {
  it("are taken from the unmodified Node SDK in every way it signs, and say which function calls", async () => {
    await using started = await startGateway();
    for (const way of ways) await call(started.port, good, way);
    assert.equal(started.apiCalls.length, ways.length);
    const { appId, uin } = account;
    const principal = { kind: "function", appId, uin, secretId: good.secretId, ...identity };
    for (const { caller } of started.apiCalls) assert.deepEqual(caller, { kind: "principal", principal });
  });

  it("are refused with the reason when they are over their time, forged, cut, mixed, or without their token", async () => {
    await using started = await startGateway();
    const expired = issueCredentials(tokenKey, identity, Date.now() - 1_000);
    const other = issueCredentials(tokenKey, { ...identity, name: "other" }, Date.now() + hourMs);
    const foreign = issueCredentials(Buffer.from("another installation"), identity, Date.now() + hourMs);
    const { secretId, secretKey, token } = good;
    const cases = [
      { given: expired, message: /function default\/caller expired at \d{4}-.*GUST_CREDENTIALS_URL/ },
      { given: { secretId, secretKey }, message: /send it as X-TC-Token/ },
      { given: { ...good, token: token.slice(0, -1) }, message: /not one that this installation issued/ },
      { given: foreign, message: /not one that this installation issued/ },
      { given: { ...good, token: other.token }, message: /belongs to another SecretId/ },
      { given: { ...other, secretId }, message: /belongs to another SecretId/ },
      { given: { ...account, token }, message: /the account's SecretId: it has none/ },
    ];
    for (const { given, message } of cases) {
      for (const way of ways) {
        await assert.rejects(call(started.port, given, way), { code: "AuthFailure.TokenFailure", message });
      }
    }
    const stolenToken = { secretId, token, secretKey: other.secretKey };
    for (const way of ways) {
      await assert.rejects(call(started.port, stolenToken, way), { code: "AuthFailure.SignatureFailure" });
    }
    assert.deepEqual(
      started.apiCalls.filter(({ caller }) => caller.kind === "principal"),
      [],
    );
  });
});

async function ask(port: number, request: string): Promise<string> {
  await using client = await RawClient.connect(port);
  client.send(`${request}\r\nHost: hello-abcd1234.localhost\r\nConnection: close\r\n\r\n`);
  return await client.closed();
}

async function insidePortOf({ gateway }: StartedGateway): Promise<number> {
  return (await gateway.listenInside()).port;
}

describe("the door for functions in boxes", () => {
  it("answers the API and the links that it gives, and no function under any name", async () => {
    await using started = await startGateway();
    const port = await insidePortOf(started);
    await call(port, good);
    assert.equal(started.apiCalls[0]?.caller.kind, "principal");
    assert.match(await ask(port, "GET /-/code/good HTTP/1.1"), /^HTTP\/1.1 200 [^]*PK$/);
    for (const path of ["/", "/~default/hello/", "/~default/site/", "/healthz", "/readyz", "/anything"]) {
      assert.match(await ask(port, `GET ${path} HTTP/1.1`), /^HTTP\/1.1 404 [^]*the cloud API answers here/, path);
    }
    const upgrade = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13";
    assert.match(await ask(port, upgrade), /^HTTP\/1.1 404 /);
    assert.match(await ask(started.port, "GET / HTTP/1.1"), /^HTTP\/1.1 200 /, "outside, the function answers");
  });

  it("refuses bodies that are larger than events, and forms that would hold everybody up", async () => {
    await using started = await startGateway();
    const port = await insidePortOf(started);
    const form = `POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${1024 * 1024 + 1}`;
    assert.match(await ask(port, form), /RequestSizeLimitExceeded/);
    const fields = { FunctionName: "hello", ClientContext: "x".repeat(16 * 1024 * 1024) };
    const endpoint = `127.0.0.1:${port}`;
    const options = { credential: good, profile: { httpProfile: { endpoint, protocol: "http://" } } };
    const client = new sdk.CommonClient(endpoint, "2018-04-16", options);
    await assert.rejects(client.request("Invoke", fields), { code: "RequestSizeLimitExceeded" });
  });

  it("tells an instance its credentials, by its key and to itself alone", async () => {
    await using started = await startGateway({
      findCredentials: (key, caller) => (key === "mine" && caller === "127.0.0.1" ? good : null),
    });
    for (const port of [await insidePortOf(started), started.port]) {
      const url = `http://127.0.0.1:${port}/-/credentials/`;
      const answer = await fetch(`${url}mine`);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.deepEqual(await answer.json(), {
        TmpSecretId: good.secretId,
        TmpSecretKey: good.secretKey,
        Token: good.token,
        ExpiredTime: good.expiresAt / 1_000,
        Expiration: new Date(good.expiresAt).toISOString(),
        Code: "Success",
      });
      assert.equal((await fetch(`${url}other`)).status, 404);
      assert.equal((await fetch(url)).status, 404);
    }
  });
});
