import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { test } from "node:test";
import { RawClient } from "../testing/raw-client.ts";
import { account, startGateway, type StartedGateway } from "../testing/started-gateway.ts";

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

function clientOf(
  started: StartedGateway,
  options: {
    secretKey?: string;
    secretId?: string;
    token?: string;
    method?: string;
    sign?: string;
    host?: string;
  } = {},
) {
  const endpoint = `${options.host ?? "127.0.0.1"}:${started.port}`;
  return new sdk.CommonClient(endpoint, "2018-04-16", {
    credential: {
      secretId: options.secretId ?? account.secretId,
      secretKey: options.secretKey ?? account.secretKey,
      token: options.token,
    },
    region: "ap-guangzhou",
    profile: {
      signMethod: options.sign ?? "TC3-HMAC-SHA256",
      httpProfile: { endpoint, protocol: "http://", reqMethod: options.method ?? "POST" },
    },
  });
}

for (const sign of ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"]) {
  for (const method of ["POST", "GET"]) {
    test(`accepts the unmodified Node SDK with ${sign} by ${method}`, async () => {
      await using started = await startGateway();
      const fields = { FunctionName: "你好 &+=%", Nested: { List: ["a", "b"] } };
      const answer = await clientOf(started, { sign, method }).request("GetFunction", fields);
      assert.equal(answer["Action"], "GetFunction");
      const [call] = started.apiCalls;
      assert.deepEqual(call?.caller, {
        kind: "principal",
        principal: { kind: "account", appId: account.appId, uin: account.uin, secretId: account.secretId },
      });
      assert.equal(call?.version, "2018-04-16");
      assert.equal(call?.region, "ap-guangzhou");
      assert.equal(call?.origin, started.url);
      if (call?.fields.kind === "json") assert.deepEqual(JSON.parse(call.fields.body.toString()), fields);
      else {
        assert.deepEqual(
          new Map(call?.fields.pairs),
          new Map([
            ["FunctionName", fields.FunctionName],
            ["Nested.List.0", "a"],
            ["Nested.List.1", "b"],
          ]),
        );
      }
    });
    test(`refuses a wrong key with ${sign} by ${method}`, async () => {
      await using started = await startGateway();
      const client = clientOf(started, { sign, method, secretKey: "wrong" });
      await assert.rejects(client.request("GetFunction", {}), { code: "AuthFailure.SignatureFailure" });
    });
    test(`refuses an unknown SecretId with ${sign} by ${method}`, async () => {
      await using started = await startGateway();
      const client = clientOf(started, { sign, method, secretId: "AKIDother" });
      await assert.rejects(client.request("GetFunction", {}), { code: "AuthFailure.SecretIdNotFound" });
    });
    test(`refuses a token nobody issued with ${sign} by ${method}`, async () => {
      await using started = await startGateway();
      const client = clientOf(started, { sign, method, token: "made-up" });
      await assert.rejects(client.request("GetFunction", {}), { code: "AuthFailure.TokenFailure" });
    });
  }
}

test("accepts the SDK under the name localhost, whose service it signs with the port", async () => {
  await using started = await startGateway();
  const answer = await clientOf(started, { host: "localhost" }).request("ListFunctions", {});
  assert.equal(answer["Action"], "ListFunctions");
});

interface SignOptions {
  readonly host?: string;
  readonly timestamp?: number;
  readonly date?: string;
  readonly payload?: string;
  readonly body?: string;
  readonly signedHeaders?: string;
  readonly headers?: Record<string, string>;
}

/** A request signed by hand, to be wrong in one place at a time. */
function signed(port: number, options: SignOptions = {}): string {
  const host = options.host ?? `127.0.0.1:${port}`;
  const body = options.body ?? "{}";
  const timestamp = options.timestamp ?? Math.floor(Date.now() / 1_000);
  const date = options.date ?? new Date(timestamp * 1_000).toISOString().slice(0, 10);
  const names = options.signedHeaders ?? "content-type;host";
  const values: Record<string, string> = { "content-type": "application/json", host, ...options.headers };
  const block = names
    .split(";")
    .map((name) => `${name}:${values[name]}\n`)
    .join("");
  const payload = options.payload ?? createHash("sha256").update(body).digest("hex");
  const canonical = `POST\n/\n\n${block}\n${names}\n${payload}`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${date}/scf/tc3_request\n${createHash("sha256").update(canonical).digest("hex")}`;
  const hmac = (key: string | Buffer, message: string): Buffer => createHmac("sha256", key).update(message).digest();
  const key = hmac(hmac(hmac(`TC3${account.secretKey}`, date), "scf"), "tc3_request");
  const authorization = `TC3-HMAC-SHA256 Credential=${account.secretId}/${date}/scf/tc3_request, SignedHeaders=${names}, Signature=${hmac(key, text).toString("hex")}`;
  const extra = Object.entries(options.headers ?? {})
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  return (
    `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nX-TC-Action: GetAccount\r\nX-TC-Timestamp: ${timestamp}\r\n` +
    `Authorization: ${authorization}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n${extra}\r\n${body}`
  );
}

async function send(request: (port: number) => string): Promise<string> {
  await using started = await startGateway();
  await using client = await RawClient.connect(started.port);
  client.send(request(started.port));
  return await client.closed();
}

const now = Math.floor(Date.now() / 1_000);

const outcomes: readonly { name: string; request: (port: number) => string; expected: RegExp }[] = [
  { name: "accepts the host with its port", request: (port) => signed(port), expected: /"Action":"GetAccount"/ },
  {
    name: "accepts a literal http:// as host",
    request: (port) => signed(port, { host: `http://127.0.0.1:${port}` }),
    expected: /"Action":"GetAccount"/,
  },
  {
    name: "accepts further signed headers",
    request: (port) => signed(port, { signedHeaders: "content-type;host;x-own", headers: { "x-own": "Value" } }),
    expected: /"Action":"GetAccount"/,
  },
  {
    name: "accepts UNSIGNED-PAYLOAD",
    request: (port) =>
      signed(port, { payload: "UNSIGNED-PAYLOAD", headers: { "x-tc-content-sha256": "UNSIGNED-PAYLOAD" } }),
    expected: /"Action":"GetAccount"/,
  },
  {
    name: "refuses UNSIGNED-PAYLOAD that the header does not announce",
    request: (port) => signed(port, { payload: "UNSIGNED-PAYLOAD" }),
    expected: /AuthFailure\.SignatureFailure/,
  },
  {
    name: "refuses a changed body",
    request: (port) => signed(port).replace(/\{\}$/, "[]"),
    expected: /AuthFailure\.SignatureFailure/,
  },
  {
    name: "refuses a timestamp of six minutes ago",
    request: (port) => signed(port, { timestamp: now - 360 }),
    expected: /AuthFailure\.SignatureExpire/,
  },
  {
    name: "refuses a timestamp in six minutes",
    request: (port) => signed(port, { timestamp: now + 360 }),
    expected: /AuthFailure\.SignatureExpire/,
  },
  {
    name: "refuses another day in the scope",
    request: (port) => signed(port, { date: "2018-04-16" }),
    expected: /AuthFailure\.InvalidAuthorization/,
  },
  {
    name: "refuses an unsigned host",
    request: (port) => signed(port, { signedHeaders: "content-type" }),
    expected: /AuthFailure\.InvalidAuthorization/,
  },
  {
    name: "refuses an unsigned content type",
    request: (port) => signed(port, { signedHeaders: "host" }),
    expected: /AuthFailure\.InvalidAuthorization/,
  },
  {
    name: "refuses SKIP",
    request: (port) => signed(port).replace(/Authorization: .*/, "Authorization: SKIP"),
    expected: /AuthFailure\.InvalidAuthorization/,
  },
  {
    name: "refuses a call without signature",
    request: (port) => signed(port).replace(/Authorization: .*\r\n/, ""),
    expected: /AuthFailure\.InvalidAuthorization/,
  },
  {
    name: "refuses other content types",
    request: (port) =>
      signed(port, { headers: {} }).replace("Type: application/json", "Type: multipart/form-data; boundary=x"),
    expected: /UnsupportedProtocol/,
  },
  {
    name: "refuses a POST without an action",
    request: (port) =>
      `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    expected: /MissingParameter/,
  },
  { name: "refuses PUT", request: (port) => signed(port).replace("POST", "PUT"), expected: /UnsupportedProtocol/ },
  {
    name: "refuses a body over the limit before it is sent",
    request: (port) => signed(port).replace("Content-Length: 2", "Content-Length: 99999999"),
    expected: /RequestSizeLimitExceeded/,
  },
];

for (const { name, request, expected } of outcomes) {
  test(`${name}, as HTTP 200 with exactly application/json`, async () => {
    const answer = await send(request);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /content-type: application\/json\r\n/i);
    assert.match(answer, expected);
  });
}

test("refuses a chunked body when it passes the limit", async () => {
  await using started = await startGateway();
  await using client = await RawClient.connect(started.port);
  client.send(signed(started.port).replace(/Content-Length: 2\r\n([^]*)\{\}$/, "Transfer-Encoding: chunked\r\n$1"));
  const chunk = Buffer.concat([Buffer.from("1000000\r\n"), Buffer.alloc(0x1000000, "x"), Buffer.from("\r\n")]);
  for (let i = 0; i < 5; i++) client.send(chunk);
  assert.match(await client.until(/RequestId/), /RequestSizeLimitExceeded/);
});

test("answers an API that breaks with an error that names the request", async () => {
  await using started = await startGateway({ api: () => Promise.reject(new Error("boom")) });
  await using client = await RawClient.connect(started.port);
  client.send(signed(started.port));
  const answer = await client.closed();
  assert.match(answer, /InternalError[^]*requestId/);
  assert.doesNotMatch(answer, /boom/);
});
