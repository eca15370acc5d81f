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
`;
    const made = await read(ServiceId, content);
    const expected = ["/mock success", "/proxy success", "/scf success", "/gone fail", "/cos fail"];
    assert.deepEqual(
      made.map((one) => `${one.Path} ${one.Status}`),
      expected,
    );
    assert.match(made[3]?.ErrMsg ?? "", /^InvalidParameterValue\.InvalidScfConfig: .*nobody/);
    assert.match(made[4]?.ErrMsg ?? "", /^UnsupportedOperation: .*COS/);
    const [again] = await read(ServiceId, content);
    assert.match(again?.ErrMsg ?? "", /^InvalidParameterValue\.InvalidApiRequestConfig/);
    for (const broken of ["a: [", "openapi: 2.0.0", "openapi: 3.0.0\ninfo: {}\npaths: {}"]) {
      const fields = { ServiceId, Content: broken };
      assert.equal(await opened.gatewayCode("ImportOpenApi", fields), "InvalidParameter.FormatError", broken);
    }
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
    await api("=/exact", { ConstantParameters: [{ Name: "a", Position: "HEADER", DefaultValue: "b", Desc: "" }] });
    const mapped = {
      Name: "q",
      Position: "QUERY",
      RelevantRequestParameterName: "id",
      RelevantRequestParameterPosition: "PATH",
    };
    const config = { Url: "https://example.com:8443", Path: "/x/{id}", Method: "POST" };
    await api("/http/{id}", { ServiceType: "HTTP", ServiceConfig: config, ServiceParameters: [mapped] }, "POST");
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
