import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { products } from "../products.ts";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";

describe("OpenAPI", () => {
  let opened: OpenedControl;
  before(async () => {
    opened = await openControl();
    await opened.deploy("event");
    await opened.deploy("web", { Type: "HTTP", Handler: "index.web" });
  });
  after(() => opened[Symbol.asyncDispose]());

  const service = async () =>
    String((await opened.gateway("CreateService", { ServiceName: "shop", Protocol: "http" }))["ServiceId"]);
  const written = async (ServiceId: string, EncodeType = "YAML") => {
    const reply = await opened.call("ExportOpenApi", { ServiceId, EncodeType }, { version: products.gust.version });
    assert.equal(reply.Error, undefined);
    return String(reply["Content"]);
  };
  type Imported = readonly { readonly Status: string; readonly ErrMsg: string; readonly Path: string }[];
  const read = async (ServiceId: string, Content: string, EncodeType = "YAML") =>
    (await opened.gateway("ImportOpenApi", { ServiceId, Content, EncodeType }))["ApiSet"] as Imported; // as declared

  it("of Tencent's examples makes APIs, and says of each what was wrong", async () => {
    const ServiceId = await service();
    const operation = (name: string, backend: string) => `
    get:
      operationId: ${name}
      responses: { '200': { description: ok } }
      x-apigw-api-business-type: NORMAL
      x-apigw-api-type: NORMAL
      x-apigw-backend: ${backend}
      x-apigw-cors: false
      x-apigw-protocol: HTTP
      x-apigw-service-timeout: 15`;
    const content = `openapi: 3.0.0
info: { title: test, version: 1.0.1 }
paths:
  /mock:${operation("mock", "{ MockReturnHttpHeaders: [], MockReturnHttpStatusCode: 200, ServiceMockReturnMessage: success, ServiceType: MOCK }")}
  /proxy:${operation("proxy", "{ ServiceConfig: { Method: GET, Path: /, Url: 'http://example.com' }, ServiceType: HTTP }")}
  /scf:${operation("scf", "{ IsBase64Encoded: false, ServiceScfFunctionName: event, ServiceScfFunctionNamespace: default, ServiceScfFunctionQualifier: $DEFAULT, ServiceScfFunctionType: EVENT, ServiceScfIsIntegratedResponse: false, ServiceType: SCF }")}
  /gone:${operation("gone", "{ ServiceScfFunctionName: nobody, ServiceType: SCF }")}
  /cos:${operation("cos", "{ ServiceType: COS }")}
  /constant:${operation("constant", "{ ServiceType: MOCK, ServiceMockReturnMessage: a }")}
      x-apigw-const-paramters: [{ Name: a, Position: HEADER, DefaultValue: b }]
`;
    const made = await read(ServiceId, content);
    const expected = ["/mock success", "/proxy success", "/scf success", "/gone fail", "/cos fail", "/constant fail"];
    assert.deepEqual(
      made.map((one) => `${one.Path} ${one.Status}`),
      expected,
    );
    assert.match(made[3]?.ErrMsg ?? "", /^InvalidParameterValue\.InvalidScfConfig: .*nobody/);
    assert.match(made[4]?.ErrMsg ?? "", /^UnsupportedOperation: .*COS/);
    assert.match(made[5]?.ErrMsg ?? "", /^UnsupportedOperation: ConstantParameters .*HTTP/);
    const [again] = await read(ServiceId, content);
    assert.match(again?.ErrMsg ?? "", /^InvalidParameterValue\.InvalidApiRequestConfig/);
    for (const broken of ["a: [", "openapi: 2.0.0", "openapi: 3.0.0\ninfo: {}\npaths: {}"]) {
      const fields = { ServiceId, Content: broken };
      assert.equal(await opened.gatewayCode("ImportOpenApi", fields), "InvalidParameter.FormatError", broken);
    }
  });

  it("says who may call, and what is of all operations of a path", async () => {
    const ServiceId = await service();
    const made = await read(
      ServiceId,
      `openapi: 3.0.0
info: { title: test, version: '1' }
security: [{ token: [] }]
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
  schemas: { Size: { type: integer, format: int64 } }
  parameters:
    id: { name: id, in: path, required: true, schema: { type: integer } }
paths:
  /global: { get: { responses: { '200': { description: ok } } } }
  /own: { get: { security: [{ token: [] }], x-apigw-auth-type: NONE, responses: { '200': { description: ok } } } }
  /open: { get: { security: [], responses: { '200': { description: ok } } } }
  /mapped: { get: { x-apigw-auth-type: SECRET, responses: { '200': { description: ok } } } }
  /items/{id}:
    parameters:
      - $ref: '#/components/parameters/id'
      - { name: size, in: query, schema: { $ref: '#/components/schemas/Size' } }
      - { name: X-A, in: header, required: true, schema: { type: string } }
    get:
      security: []
      parameters: [{ name: X-A, in: header, schema: { type: boolean } }]
      responses: { '200': { description: ok } }
`,
    );
    assert.deepEqual(
      made.map((one) => `${one.Path} ${one.Status}`),
      ["/global fail", "/own fail", "/open success", "/mapped success", "/items/{id} success"],
    );
    for (const one of made.slice(0, 2)) assert.match(one.ErrMsg, /^UnsupportedOperation: security asks for token, /);
    const all = await opened.store.apiGateway.apis.list(ServiceId);
    const of = (path: string) => all.find(({ definition }) => definition.path === path);
    assert.deepEqual(of("/mapped")?.definition.authorization, { kind: "secret" });
    const given = of("/items/{id}")?.given["RequestParameters"] as readonly Record<string, unknown>[]; // as declared
    assert.deepEqual(
      given.map((one) => [one["Name"], one["Position"], one["Type"], one["Required"]]),
      [
        ["id", "PATH", "int", true],
        ["size", "QUERY", "long", false],
        ["X-A", "HEADER", "boolean", false],
      ],
    );
  });

  it("is refused as a whole when it cannot be read, in a sentence and before any API is made", async () => {
    const ServiceId = await service();
    const head = { openapi: "3.0.0", info: { title: "t", version: "1" } };
    const operation = { responses: { "200": { description: "ok" } } };
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`/${at}`, { get: operation }]));
    const referring = ($ref: string) => ({ ...head, paths: { "/a": { parameters: [{ $ref }], get: operation } } });
    const deep = `{"openapi":"3.0.0","x-deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    for (const [definition, sentence] of [
      [{ ...head, paths: many }, /it has 1001 operations; a service has at most 1000 APIs$/],
      [referring("#/components/parameters/gone"), /: Can't resolve #\/components\/parameters\/gone$/],
      [referring("https://example.com/a.json"), /only internal refs are supported\.$/],
      [{ ...head, paths: { "/a": { get: {} } } }, /: \/paths\/~1a\/get must have required property 'responses'$/],
      [deep, /nested more than 200 levels deep$/],
    ] as const) {
      const Content = typeof definition === "string" ? definition : JSON.stringify(definition);
      const fields = { ServiceId, Content, EncodeType: "JSON" };
      const { Error: error } = await opened.call("ImportOpenApi", fields, { version: "2018-08-08" });
      assert.equal(error?.Code, "InvalidParameter.FormatError");
      assert.match(error?.Message ?? "", sentence);
    }
    assert.deepEqual(await opened.store.apiGateway.apis.list(ServiceId), []);
  });

  it("is the same after import and export, whatever the APIs are", async () => {
    const ServiceId = await service();
    const api = (Path: string, more: Record<string, unknown>, Method = "GET") =>
      opened.gateway("CreateApi", {
        ServiceId,
        ServiceType: "MOCK",
        ServiceMockReturnMessage: "m",
        ServiceTimeout: 20,
        Protocol: "HTTP",
        RequestConfig: { Path, Method },
        ...more,
      });
    const parameter = (Name: string, Position: string, Type: string, DefaultValue = "", Required = false) => {
      return { Name, Position, Type, DefaultValue, Required, Desc: "描述" };
    };
    const parameters = [
      parameter("id", "PATH", "long", "", true),
      parameter("size", "QUERY", "int", "7"),
      parameter("X-Ratio", "HEADER", "double", "1.5"),
      parameter("flag", "QUERY", "boolean", "true"),
      parameter("note", "BODY", "string"),
    ];
    await api(
      "/items/{id}/{rest}",
      { RequestParameters: parameters, ApiName: "items", ApiDesc: "all: of\nthem", EnableCORS: true },
      "ANY",
    );
    await api("=/exact", {});
    const constant = { Name: "a", Position: "HEADER", DefaultValue: "b", Desc: "" };
    const mapped = {
      Name: "q",
      Position: "QUERY",
      RelevantRequestParameterName: "id",
      RelevantRequestParameterPosition: "PATH",
    };
    const config = { Url: "https://example.com:8443", Path: "/x/{id}", Method: "POST" };
    const changing = { ConstantParameters: [constant], ServiceParameters: [mapped] };
    await api("/http/{id}", { ServiceType: "HTTP", ServiceConfig: config, ...changing }, "POST");
    await api("/event", { ServiceType: "SCF", ServiceScfFunctionName: "event", ServiceScfIsIntegratedResponse: true });
    await api("/web", { ServiceType: "SCF", ServiceScfFunctionName: "web", ServiceScfFunctionType: "HTTP" });
    const socket = { ServiceType: "SCF", Protocol: "WEBSOCKET", ServiceWebsocketTransportFunctionName: "event" };
    await api("/ws", { ...socket, ServiceWebsocketRegisterFunctionName: "event" });
    const PublicKey = String(
      generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
    );
    const OauthConfig = { PublicKey, TokenLocation: "method.req.header.token" };
    const giver = await api("/zz-login", { AuthType: "OAUTH", ApiBusinessType: "OAUTH", OauthConfig });
    await api("/mine", { AuthType: "OAUTH", AuthRelationApiId: giver["ApiId"] });
    const code = { Code: 500, ConvertedCode: 418, Msg: "tea", NeedConvert: true, Desc: "" };
    await api("/codes", { ResponseErrorCodes: [code], ResponseType: "JSON" });
    for (const encoding of ["YAML", "JSON"]) {
      const first = await written(ServiceId, encoding);
      const other = await service();
      const made = await read(other, first, encoding);
      assert.deepEqual(
        made.filter((one) => one.Status !== "success"),
        [],
      );
      assert.equal(await written(other, encoding), first);
      const [original, copy] = [await definitions(ServiceId), await definitions(other)];
      assert.deepEqual(copy, original);
    }
  });

  /** What the APIs are, without their ids. */
  async function definitions(serviceId: string) {
    const all = await opened.store.apiGateway.apis.list(serviceId);
    return all.map(({ definition }) => ({ ...definition, apiId: "" })).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
});
