import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { SignJWT } from "jose";
import { askService as ask, messageOf, running } from "../../testing/ask-service.ts";
import { eventBackend, fakeServices, publishedApi, publishedService } from "../../testing/published-service.ts";
import { hmac, path, plan, signed, startServed } from "../../testing/served-api.ts";
import { startApi } from "../../testing/started-api.ts";
import { startGateway } from "../../testing/started-gateway.ts";

describe("an API that is called with keys", () => {
  const secret = { authorization: { kind: "secret" } } as const;

  it("takes what a key of its plans signed, and tells the function whose it was", async () => {
    const backend = { ...eventBackend, isIntegratedResponse: false };
    await using started = await startServed({ ...secret, backend }, { plans: [plan()] });
    for (const algorithm of ["sha1", "sha256"]) {
      const answer = await started.get({ headers: signed("AKIDkey", "its-secret", new Date(), algorithm) });
      assert.equal(answer.status, 200, answer.body);
      const event = JSON.parse(answer.body);
      assert.deepEqual(event.requestContext.identity, { secretId: "AKIDkey" });
      assert.equal(event.headers["x-anonymous-consumer"], undefined);
    }
  });

  it("refuses everything else, and says why", async () => {
    await using started = await startServed(secret, {
      plans: [plan(), plan({ planId: "p2", apiIds: ["api-other"], keys: [{ secretId: "other", secretKey: "s" }] })],
    });
    const now = new Date();
    const old = new Date(Date.now() - 16 * 60_000);
    const undated = { Source: "shop", Authorization: hmac("AKIDkey", "its-secret", "source: shop", "source") };
    for (const [headers, said] of [
      [{}, /a validate authorization header is required/],
      [{ Authorization: "Basic abc" }, /format error/],
      [{ Authorization: 'hmac id="AKIDkey"' }, /id or signature missing/],
      [{ ...signed("AKIDkey", "its-secret"), Source: "changed" }, /does not match/],
      [signed("AKIDkey", "another"), /does not match/],
      [signed("AKIDnone", "its-secret"), /cannot be verified/],
      [signed("AKIDkey", "its-secret", old), /out of date/],
      [signed("other", "s", now), /apikey is invalid/],
      [undated, /a valid date or x-date header/],
      [signed("AKIDkey", "its-secret", now, "md5"), /algorithm hmac-md5 not supported/],
    ] as const) {
      const answer = await started.get({ headers });
      assert.equal(answer.status, 401);
      assert.match(String(messageOf(answer)), said);
    }
  });

  it("counts the quota of a key, which survives a restart, and its requests a second", async () => {
    const plans = [plan({ quota: 2 })];
    await using started = await startServed(secret, { plans });
    const { source } = started;
    const get = () => started.get({ headers: signed("AKIDkey", "its-secret") });
    const [first, second, third] = [await get(), await get(), await get()];
    assert.deepEqual([first.status, first.headers["x-usageplan-quota"]], [200, "1/2"]);
    assert.deepEqual([second.status, second.headers["x-usageplan-quota"]], [200, "0/2"]);
    assert.deepEqual([third.status, messageOf(third)], [429, "API quota exceeded."]);
    await started[Symbol.asyncDispose]();
    assert.equal(
      source.uses.reduce((sum, { requests }) => sum + requests, 0),
      2,
    );
    await using again = await startGateway({ apiGatewaySource: source });
    assert.equal((await ask(again.port, path, { headers: signed("AKIDkey", "its-secret") })).status, 429);
    await source.publish(publishedService([publishedApi("a", secret)], { plans: [plan({ perSecond: 1 })] }));
    const statuses = [];
    for (let i = 0; i < 3; i++)
      statuses.push((await ask(again.port, path, { headers: signed("AKIDkey", "its-secret") })).status);
    assert.ok(statuses.includes(429) && statuses[0] === 200, String(statuses));
  });
});

describe("the quota of a usage plan", () => {
  const api = publishedApi("a", { authorization: { kind: "secret" } });
  const plans = [plan({ quota: 1 })];

  it("is whole again when its key is bound anew", async () => {
    await using started = await startServed({ authorization: { kind: "secret" } }, { plans });
    const status = async () => (await started.get({ headers: signed("AKIDkey", "its-secret") })).status;
    assert.deepEqual([await status(), await status()], [200, 429]);
    await started.source.publish(publishedService([api], { plans: [plan({ quota: 1, keys: [] })] }));
    started.source.uses.length = 0; // as the store does when it is taken off the plan
    await started.source.publish(publishedService([api], { plans }));
    assert.deepEqual([await status(), await status()], [200, 429]);
  });
});

describe("an API that is called by applications", () => {
  const authorization = { kind: "app", apps: [{ key: "APIDapp", secret: "app-secret" }] } as const;

  it("takes a signature of its method, path, parameters and body", async () => {
    await using started = await startServed({ authorization });
    const date = new Date().toUTCString();
    const body = '{"n":1}';
    const md5 = createHash("md5").update(body).digest("base64");
    const signText = [`x-date: ${date}`, "POST", "application/json", "application/json", md5, "/a?b=函 x&c"].join("\n");
    const headers = {
      "x-date": date,
      accept: "application/json",
      "content-type": "application/json",
      "content-md5": md5,
      authorization: hmac("APIDapp", "app-secret", signText, "x-date"),
    };
    const send = (sent: string, of: string) => started.get({ method: "POST", headers, body: sent }, of);
    assert.equal((await send(body, `${path}?c=&b=%E5%87%BD%20x`)).status, 200);
    assert.match(String(messageOf(await send(body, `${path}?c=&b=other`))), /does not match/);
    assert.match(String(messageOf(await send('{"n":2}', `${path}?c=&b=%E5%87%BD%20x`))), /Content-MD5/);
  });
});

describe("an API that is called with JSON Web Tokens", () => {
  it("takes those of its key while they hold", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const jwt = { kind: "jwt", publicKey: pem, place: "header", name: "Authorization", loginUrl: null } as const;
    await using started = await startServed({ authorization: jwt });
    const token = (expires: string, key = privateKey) =>
      new SignJWT({}).setProtectedHeader({ alg: "ES256" }).setExpirationTime(expires).sign(key);
    const get = async (text: string) => started.get({ headers: { authorization: `Bearer ${text}` } });
    assert.equal((await get(await token("1m"))).status, 200);
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const shared = await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(pem));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`;
    for (const bad of [await token("-1m"), await token("1m", stranger), shared, unsigned, "no token"]) {
      const answer = await get(bad);
      assert.deepEqual([answer.status, messageOf(answer)], [401, "Oauth id_token verify error."]);
    }
    assert.equal(messageOf(await started.get()), "Oauth miss Oauth id_token.");
    const jwk = JSON.stringify(publicKey.export({ format: "jwk" }));
    const query = { ...jwt, publicKey: jwk, place: "query", name: "t", loginUrl: "https://login.example/" } as const;
    await started.source.publish(publishedService([publishedApi("a", { authorization: query })]));
    assert.equal((await started.get({}, `${path}?t=${await token("1m")}`)).status, 200);
    assert.equal((await started.get()).headers.location, "https://login.example/");
  });
});

describe("a function that decides who may call", () => {
  const auth = (data: object) =>
    ({ plugins: [{ pluginId: "p", type: "CustomAuth", data: { function_name: "auth", ...data } }] }) as const;

  it("is asked with the event of the request, and its answers are remembered", async () => {
    const asked: unknown[] = [];
    const api = auth({ header: ["x-token"], cache_time: 60, is_send_body: true });
    const invoke = running((event) => {
      asked.push(event);
      return { "api-auth": JSON.stringify(event).includes('"x-token":"good"') };
    });
    await using started = await startApi(api, { invoke });
    const send = async (token: string) =>
      (await ask(started.port, path, { method: "POST", headers: { "x-token": token }, body: "whole" })).status;
    assert.deepEqual(
      [await send("good"), await send("good"), await send("bad"), await send("bad")],
      [200, 200, 401, 401],
    );
    assert.equal(asked.length, 2);
    assert.equal(Object(asked[0]).body, "whole");
    assert.equal((await ask(started.port, path)).status, 401);
    assert.equal(asked.length, 2, "a request without its token asks nobody");
  });

  it("belongs to the trace of the request, as the function that answers does", async () => {
    const traces: unknown[] = [];
    const answering = running(() => ({ "api-auth": true }));
    const api = publishedApi("a", { ...auth({}), backend: { ...eventBackend, isIntegratedResponse: false } });
    await using started = await startGateway({
      apiGatewaySource: fakeServices(publishedService([api])),
      invoke: (invocation, options) => {
        traces.push(invocation.variables["TRACEPARENT"], Object(JSON.parse(invocation.payload)).headers.traceparent);
        return answering(invocation, options);
      },
    });
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    assert.equal((await ask(started.port, path, { headers: { traceparent } })).status, 200);
    const [first] = traces;
    assert.deepEqual(traces, [first, first, first, first], "variables and headers of both calls");
    assert.match(String(first), new RegExp(`^00-${"a".repeat(32)}-[0-9a-f]{16}-01$`));
  });

  it("lets nobody in when it fails, or cannot be told from the plugin", async () => {
    await using started = await startServed(auth({ function_name: undefined }));
    assert.equal((await started.get()).status, 401);
  });
});

describe("pages of other origins", () => {
  const origin = "https://page.example";
  const preflight = { method: "OPTIONS", headers: { origin, "access-control-request-method": "PUT" } };

  it("may call an API that supports CORS, and no other", async () => {
    await using started = await startServed({ method: "PUT", allowsCors: true });
    const asked = await started.get(preflight);
    assert.deepEqual([asked.status, asked.headers["access-control-allow-origin"]], [204, "*"]);
    assert.match(String(asked.headers["access-control-allow-methods"]), /PUT/);
    assert.equal(
      (await started.get({ method: "PUT", headers: { origin } })).headers["access-control-allow-origin"],
      "*",
    );
    await started.source.publish(publishedService([publishedApi("a", { method: "PUT" })]));
    assert.equal((await started.get(preflight)).status, 405);
  });

  it("get what the plugin says, also with a refusal", async () => {
    const data = {
      allow_origin: origin,
      allow_methods: "PUT",
      allow_headers: "x-a",
      allow_credentials: "true",
      max_age: 60,
    };
    const plugins = [{ pluginId: "p", type: "Cors", data }] as const;
    await using started = await startServed({ plugins, authorization: { kind: "secret" } });
    const { headers } = await started.get(preflight);
    assert.deepEqual([headers["access-control-allow-origin"], headers["access-control-max-age"]], [origin, "60"]);
    assert.equal(headers["access-control-allow-credentials"], "true");
    const refused = await started.get({ headers: { origin } });
    assert.deepEqual([refused.status, refused.headers["access-control-allow-origin"]], [401, origin]);
    const other = await started.get({ headers: { origin: "https://other.example" } });
    assert.equal(other.headers["access-control-allow-origin"], undefined);
  });
});

describe("declared parameters", () => {
  it("are required and of their type, or the answer names them", async () => {
    const parameter = { type: "int", isRequired: true, presetValue: null } as const;
    const parameters = [
      { ...parameter, name: "id", place: "PATH" },
      { ...parameter, name: "page", place: "QUERY" },
      { ...parameter, name: "X-N", place: "HEADER", presetValue: "1" },
      { ...parameter, name: "size", place: "BODY" },
    ] as const;
    await using started = await startServed({ path: "/a/{id}", parameters });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const send = async (of: string, body: string, headers: Record<string, string> = form) => {
      const answer = await started.get({ method: "POST", headers, body }, of);
      return answer.status === 200 ? 200 : messageOf(answer);
    };
    assert.equal(await send("/release/a/7?page=1", "size=3"), 200);
    assert.equal(await send("/release/a/x?page=1", "size=3"), "path variable id must be of the type int.");
    assert.equal(await send("/release/a/7", "size=3"), "querystring page is required.");
    assert.equal(await send("/release/a/7?page=1", ""), "body param size is required.");
    assert.equal(
      await send("/release/a/7?page=1", "size=3", { ...form, "x-n": "one" }),
      "header X-N must be of the type int.",
    );
    assert.match(String(await send("/release/a/7?page=1", "{}", {})), /need application\/x-www-form-urlencoded/);
  });
});
