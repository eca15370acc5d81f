import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { PlatformError, type PublishedApi } from "../../core/index.ts";
import type { Invoker } from "../../scheduler/index.ts";
import {
  eventBackend,
  fakeServices,
  httpFunction,
  publishedApi,
  publishedService,
  resultOf,
  serviceHost,
} from "../testing/published-service.ts";
import { askService as ask, messageOf as message, running } from "../testing/ask-service.ts";
import { startApi } from "../testing/started-api.ts";
import { idleCall, startGateway, type FakeFunction } from "../testing/started-gateway.ts";

const ofDomain = { protocol: "http", certificateId: null, netType: "OUTER", isForcedHttps: false } as const;

describe("a service of the API gateway", () => {
  it("answers at its host and at domains, and says what it has not in the gateway's own words", async () => {
    const apis = [publishedApi("users", { method: "GET" }), publishedApi("socket", { protocol: "WEBSOCKET" })];
    const domains = [
      {
        ...ofDomain,
        domain: "api.example.com",
        paths: [
          { path: "/v1", environment: "release" },
          { path: "/closed/", environment: "release" },
        ],
      },
      { ...ofDomain, domain: "plain.example.com", paths: null },
    ] as const;
    await using started = await startGateway({ apiGatewaySource: fakeServices(publishedService(apis, { domains })) });
    const { port } = started;
    const found = await ask(port, "/release/users/7?x=1");
    assert.equal(found.body, "users");
    assert.equal(found.headers["x-api-id"], "api-users");
    assert.equal(found.headers["x-api-serviceid"], "service-abcd1234");
    assert.match(String(found.headers["x-api-requestid"]), /^[0-9a-f]{32}$/);
    assert.equal((await ask(port, "/v1/users", { host: "api.example.com" })).body, "users");
    assert.equal((await ask(port, "/closed/users", { host: "api.example.com" })).body, "users");
    assert.equal((await ask(port, "/release/users", { host: "plain.example.com" })).body, "users");
    for (const [path, options, status, said] of [
      ["/users", {}, 404, "There is no api match default env_mapping '/users'"],
      ["/test/users", {}, 404, "There is no api match default env_mapping '/test'"],
      ["/v2/users", { host: "api.example.com" }, 404, "There is no api match env_mapping '/v2'"],
      ["/release/posts", {}, 404, `There is no api match uri[/release/posts] host [${serviceHost}]`],
      ["/release/users", { method: "POST" }, 405, "Method Not Allowed."],
      ["/release/users", { method: "PURGE" }, 404, "Could not support method."],
      ["/release/socket", {}, 403, "need header Sec-WebSocket-Key."],
    ] as const) {
      const answer = await ask(port, path, options);
      assert.deepEqual([answer.status, message(answer)], [status, said]);
    }
    assert.equal((await ask(port, "/release/users", { method: "POST" })).headers.allow, "GET");
  });

  it("is not led past the key of an API by the way that its path is written", async () => {
    const admin = publishedApi("admin", { authorization: { kind: "secret" } });
    const open = publishedApi("open", { path: "/" });
    const at = publishedApi("at", { path: "/@at", authorization: { kind: "secret" } });
    await using started = await startGateway({ apiGatewaySource: fakeServices(publishedService([admin, open, at])) });
    const { port } = started;
    const up = ["/x/../admin", "/x/%2e%2E/admin", "/x/.%2e/admin", "/x\\..\\admin", "/x\\admin", "/x/..", "/./admin"];
    const encoded = ["/x%2f..%2fadmin", "/x%5c..%5cadmin", "/x/..;a=b/admin"];
    const another = ["//admin", "/admin%2fusers", "/admin;x/users", "/%40at", "/%2Fadmin"];
    for (const path of [...up, ...encoded, ...another]) {
      assert.equal((await ask(port, `/release${path}`)).status, 400, path);
    }
    for (const path of ["/%61dmin", "/adm%69n/x"]) assert.equal((await ask(port, `/release${path}`)).status, 401, path);
    for (const path of ["/x//y", "/x%2Fy", "/...", "/.well-known/a..b", "/x;v=1", "/%25"]) {
      assert.equal((await ask(port, `/release${path}`)).body, "open", path);
    }
  });

  it("is followed when it is released, changed and deleted", async () => {
    const source = fakeServices();
    await using started = await startGateway({ apiGatewaySource: source });
    const { port } = started;
    assert.equal((await ask(port, "/release/a")).status, 404);
    await source.publish(publishedService([publishedApi("a")]));
    assert.equal((await ask(port, "/release/a")).body, "a");
    await source.publish(publishedService([publishedApi("b")], { hostLabel: "service-abcd1234-1" }));
    assert.equal((await ask(port, "/release/a")).status, 404);
    assert.equal((await ask(port, "/release/b", { host: "service-abcd1234-1.localhost" })).body, "b");
    await source.publish(null);
    const gone = await ask(port, "/release/b", { host: "service-abcd1234-1.localhost" });
    assert.match(gone.body, /FunctionNotFound/);
  });

  it("refuses protocols and nets that it does not take", async () => {
    const service = publishedService([publishedApi("a")], { protocol: "https" });
    const source = fakeServices(service);
    await using started = await startGateway({ apiGatewaySource: source });
    assert.equal(message(await ask(started.port, "/release/a")), "Not allow use HTTP protocol.");
    await source.publish({ ...service, protocol: "http", takesExtranet: false });
    assert.equal((await ask(started.port, "/release/a")).status, 200);
    const headers = { "x-forwarded-for": "203.0.113.7" };
    assert.equal((await ask(started.port, "/release/a", { headers })).status, 403);
    const inside = { ...ofDomain, domain: "inside.example.com", paths: null, netType: "INNER" } as const;
    await source.publish({ ...service, protocol: "http", domains: [inside] });
    assert.equal((await ask(started.port, "/release/a", { headers })).status, 200);
    assert.equal((await ask(started.port, "/release/a", { host: inside.domain })).status, 200);
    assert.equal((await ask(started.port, "/release/a", { host: inside.domain, headers })).status, 403);
  });
});

/** An event function that ends with what `statusOf` says; with 499 when its caller gives it up. */
const ending =
  (statusOf: () => number): Invoker["invoke"] =>
  async (invocation, { signal }) => {
    const status = statusOf();
    if (status === 499 && !signal.aborted) await once(signal, "abort");
    return resultOf(invocation, { status, body: '{"errorCode":-1}' });
  };

describe("an API of an event function", () => {
  it("hands over the documented event", async () => {
    const api: Partial<PublishedApi> = {
      path: "/test/{path}",
      backend: { ...eventBackend, isIntegratedResponse: false },
      parameters: [
        { name: "foo", place: "QUERY", type: "string", isRequired: true, presetValue: null },
        { name: "Refer", place: "HEADER", type: "string", isRequired: false, presetValue: "10.0.2.14" },
      ],
    };
    await using started = await startApi(api, { invoke: running((event) => event) });
    const sent = { method: "POST", body: '{"test":"body"}', headers: { "X-Mine": "Yes", "x-qualifier": "forged" } };
    const answer = await ask(started.port, "/release/test/value?foo=bar&bob=a&bob=b&flag", sent);
    const { headers, requestContext, ...event } = JSON.parse(answer.body);
    assert.deepEqual(event, {
      body: '{"test":"body"}',
      isBase64Encoded: false,
      pathParameters: { path: "value" },
      queryStringParameters: { foo: "bar" },
      headerParameters: { Refer: "10.0.2.14" },
      stageVariables: { stage: "release" },
      path: "/test/value",
      queryString: { foo: "bar", bob: ["a", "b"], flag: true },
      httpMethod: "POST",
    });
    const { requestId, ...context } = requestContext;
    assert.match(requestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(context, {
      serviceId: "service-abcd1234",
      path: "/test/{path}",
      httpMethod: "ANY",
      identity: {},
      sourceIp: "127.0.0.1",
      stage: "release",
    });
    assert.deepEqual(
      [
        headers["x-mine"],
        headers["x-qualifier"],
        headers["x-anonymous-consumer"],
        headers["endpoint-timeout"],
        headers.host,
      ],
      ["Yes", "$DEFAULT", "true", "15", serviceHost],
    );
  });

  it("answers as an integrated response says, and with 403 where it is none", async () => {
    const convertedCodes = [{ code: 299, convertedCode: 503, message: "later" }];
    let result: unknown;
    const invoke = running(() => result);
    await using started = await startApi({ backend: eventBackend, convertedCodes }, { invoke });
    const get = async (value: unknown) => {
      result = value;
      return ask(started.port, "/release/a");
    };
    const made = await get({
      isBase64Encoded: true,
      statusCode: 201,
      headers: { "Content-Type": "text/html", Key: ["v1", "v2"] },
      body: "aGk=",
    });
    assert.deepEqual(
      [made.status, made.headers["content-type"], made.headers["key"], made.body],
      [201, "text/html", "v1, v2", "hi"],
    );
    assert.equal(made.headers["x-api-status"], "201");
    for (const misfit of [
      "text",
      { body: "no status" },
      { statusCode: 200, body: { an: "object" } },
      { statusCode: 9 },
    ]) {
      const answer = await get(misfit);
      assert.equal(answer.status, 403);
      assert.deepEqual(JSON.parse(answer.body), {
        errno: 403,
        error: "Invalid scf response format. please check your scf response format.",
      });
    }
    const converted = await get({ statusCode: 299, body: "" });
    assert.deepEqual([converted.status, message(converted)], [503, "later"]);
  });

  it("passes a result on as it is where the response is not integrated", async () => {
    const backend = { ...eventBackend, isIntegratedResponse: false };
    let result: unknown = "plain";
    await using started = await startApi({ backend }, { invoke: running(() => result) });
    assert.equal((await ask(started.port, "/release/a")).body, "plain");
    result = { statusCode: 500 };
    const answer = await ask(started.port, "/release/a");
    assert.deepEqual([answer.status, answer.body], [200, '{"statusCode":500}']);
  });

  it("has the function's time limit answered with 200, its failures with their codes, and its own with 504", async () => {
    let status = 433;
    const invoke = ending(() => status);
    await using started = await startApi({ backend: eventBackend, timeoutS: 0.05 }, { invoke });
    const answers: unknown[] = [];
    for (status of [433, 430, 432, 499]) answers.push((await ask(started.port, "/release/a")).status);
    assert.deepEqual(answers, [200, 430, 429, 504]);
  });

  it("has statuses become others, of failures too, but not the gateway's own", async () => {
    const convertedCodes = [
      { code: 430, convertedCode: 502, message: "" },
      { code: 434, convertedCode: 503, message: "later" },
      { code: 502, convertedCode: 500, message: "" },
      { code: 504, convertedCode: 500, message: "" },
    ];
    let status = 430;
    const invoke = ending(() => status);
    await using started = await startApi({ backend: eventBackend, convertedCodes, timeoutS: 0.05 }, { invoke });
    const failed = await ask(started.port, "/release/a");
    assert.deepEqual([failed.status, failed.headers["x-api-status"]], [502, "502"]);
    assert.equal(JSON.parse(failed.body).error.code, "UserCodeException");
    status = 434;
    const late = await ask(started.port, "/release/a");
    assert.deepEqual([late.status, message(late)], [503, "later"]);
    status = 499;
    assert.equal((await ask(started.port, "/release/a")).status, 504);
  });

  it("whose function is gone or not ready says that its owner has to act, not its caller", async () => {
    const waiting = publishedApi("waiting", { backend: { ...eventBackend, isAsync: true } });
    const service = publishedService([publishedApi("a", { backend: eventBackend }), waiting]);
    let status = 0;
    const invoke: Invoker["invoke"] = (invocation) => Promise.resolve(resultOf(invocation, { status }));
    await using started = await startGateway({ apiGatewaySource: fakeServices(service), invoke }); // it has no function
    const faults: unknown[] = [];
    const note = async (path: string) => faults.push(JSON.parse((await ask(started.port, path)).body).error.fault);
    for (status of [435, 436, 438, 442]) await note("/release/a");
    await note("/release/waiting");
    assert.deepEqual(faults, ["function", "function", "function", "function", "function"]);
    for (status of [406, 432]) await note("/release/a");
    assert.deepEqual(faults.slice(5), ["caller", "caller"]);
  });

  it("may ask the API gateway again, but not in a ring, where it hands on its headers", async () => {
    const parts: { port: number; asked: number } = { port: 0, asked: 0 };
    const invoke: Invoker["invoke"] = async (invocation) => {
      parts.asked++;
      const { headers } = JSON.parse(invocation.payload);
      const { status } = await ask(parts.port, "/release/a", { headers });
      return resultOf(invocation, { body: JSON.stringify({ statusCode: status }) });
    };
    await using started = await startApi({ backend: eventBackend }, { invoke });
    parts.port = started.port;
    assert.deepEqual([(await ask(started.port, "/release/a")).status, parts.asked], [508, 8]);
  });

  it("leaves the event to the queue and answers at once where it is asynchronous", async () => {
    const source = fakeServices(publishedService([publishedApi("a", { backend: { ...eventBackend, isAsync: true } })]));
    const functions = { find: () => Promise.resolve(Object({ functionId: "lam-a" })) };
    await using started = await startGateway({ apiGatewaySource: { ...source, functions } });
    const answer = await ask(started.port, "/release/a?n=1");
    assert.equal(answer.status, 200);
    const [event] = source.accepted;
    assert.equal(event?.requestId, JSON.parse(answer.body).requestId);
    const { queryString, headers } = JSON.parse(event?.payload ?? "");
    assert.deepEqual(queryString, { n: "1" });
    assert.deepEqual(event?.variables, { TRIGGER_SRC: "apigw", TRACEPARENT: headers.traceparent });
  });
});

describe("an API of an HTTP function", () => {
  it("passes requests through, without the environment", async () => {
    await using started = await startApi({ backend: httpFunction, path: "/" });
    const answer = await ask(started.port, "/release/a/b?c=d", { method: "PUT", body: "whole" });
    const seen = JSON.parse(answer.body);
    assert.deepEqual([seen.method, seen.path, seen.body], ["PUT", "/a/b?c=d", "whole"]);
    assert.equal(seen.headers[seen.headers.indexOf("x-forwarded-prefix") + 1], "/release");
    assert.equal(answer.headers["x-api-funcname"], "hello");
  });

  it("gives up on one that does not answer in time", async () => {
    let canceled = 0;
    const run = () => ({ ...idleCall, cancel: () => void canceled++ });
    await using started = await startApi({ backend: httpFunction, timeoutS: 0.05 }, { run });
    const answer = await ask(started.port, "/release/a");
    assert.deepEqual([answer.status, message(answer), canceled], [504, "Gateway Time-out.", 1]);
  });

  it("has its statuses become others, and is not listened to further where other words take the place of its own", async () => {
    const convertedCodes = [
      { code: 418, convertedCode: 400, message: "" },
      { code: 500, convertedCode: 503, message: "later" },
      { code: 503, convertedCode: 200, message: "" },
    ];
    const canceled: string[] = [];
    const run: FakeFunction = ({ path }, receiver) => {
      const [, form = "", status = ""] = path.split("/");
      const body = Buffer.from("its own words");
      queueMicrotask(() => {
        if (form === "fail") return receiver.onError(new PlatformError("HandlerNotFound", "no handler"), null);
        receiver.onHead(Number(status), ["x-mine", "1"], form === "whole" ? body : null);
        if (form === "pieces") receiver.onData(body);
        if (form !== "endless") receiver.onEnd(null);
      });
      return { ...idleCall, cancel: () => void canceled.push(path) };
    };
    await using started = await startApi({ backend: httpFunction, path: "/", convertedCodes }, { run });
    const answerOf = async (path: string) => {
      const { status, headers, body } = await ask(started.port, `/release${path}`);
      return [status, headers["x-api-status"], headers["x-mine"], body];
    };
    const later = [503, "503", undefined, '{"message":"later"}'];
    assert.deepEqual(await answerOf("/whole/418"), [400, "400", "1", "its own words"]);
    assert.deepEqual(await answerOf("/pieces/418"), [400, "400", "1", "its own words"]);
    assert.deepEqual(await answerOf("/whole/201"), [201, "201", "1", "its own words"]);
    assert.deepEqual(await answerOf("/whole/500"), later);
    assert.deepEqual(await answerOf("/fail"), later);
    assert.deepEqual(canceled, []);
    assert.deepEqual(await answerOf("/endless/500"), later);
    assert.deepEqual(canceled, ["/endless/500"]);
  });
});
