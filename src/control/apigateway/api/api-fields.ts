import { z } from "zod";
import { limits } from "../../../core/index.ts";
import { integer, text, tooMany } from "../fields.ts";
import { eiamFields, tsfFields } from "./refused-fields.ts";

/** What CreateApi, ModifyApi and DescribeApi tell about an API. */

const name = text("Name of the parameter", 128);
const position = text("`HEADER`, `QUERY`, `PATH` or `BODY`", 16);

const requestConfig = z
  .object({
    Path: text(
      "Path: begins with `/`, `{name}` takes a segment; with `=` in front of it exact, otherwise a prefix",
      1_024,
    ),
    Method: text("`ANY`, `GET`, `HEAD`, `POST`, `PUT`, `DELETE`, `PATCH` or `OPTIONS`; of a WebSocket `GET`", 16),
  })
  .meta({ id: "ApiRequestConfig" });

const requestParameter = z
  .object({
    Name: name.optional(),
    Desc: text("Description", 1_000).optional(),
    Position: position.optional(),
    Type: text("`string`, `int`, `long`, `float`, `double` or `boolean`", 16).optional(),
    DefaultValue: text("What it is when the request does not have it", 1_000).optional(),
    Required: z.boolean().optional().describe("Whether a request without it is refused"),
  })
  .meta({ id: "RequestParameter" });

const constantParameter = z
  .object({
    Name: name.optional(),
    Desc: text("Description", 1_000).optional(),
    Position: position.optional(),
    DefaultValue: text("Its value", 1_000).optional(),
  })
  .meta({ id: "ConstantParameter" });

const serviceParameter = z
  .object({
    Name: text("Name that the back end gets it under", 128).optional(),
    Position: text("Where the back end gets it: `HEADER`, `QUERY`, `PATH` or `BODY`", 16).optional(),
    RelevantRequestParameterPosition: text("Where the request has it", 16).optional(),
    RelevantRequestParameterName: text("Name that the request has it under", 128).optional(),
    DefaultValue: text("What it is when the request does not have it", 1_000).optional(),
    RelevantRequestParameterDesc: text("Description", 1_000).optional(),
    RelevantRequestParameterType: text("Type, as the request parameter's", 16).optional(),
  })
  .meta({ id: "ServiceParameter" });

const cosConfig = z
  .object({
    Action: text("Not available").optional(),
    BucketName: text("Not available").optional(),
    Authorization: z.boolean().optional().describe("Not available"),
    PathMatchMode: text("Not available").optional(),
  })
  .meta({ id: "CosConfig" });

const serviceConfig = z
  .object({
    Product: text("Of private networks: not available").optional(),
    UniqVpcId: text("Private networks are not available: refused unless it is empty").optional(),
    Url: text("Scheme, host and port of the back end, such as `https://example.com:8443`", 1_024).optional(),
    Path: text("Path at the back end; may hold `{name}` of the path of the API", 1_024).optional(),
    Method: text("Method at the back end; `ANY` takes that of the request", 16).optional(),
    UpstreamId: text("Upstreams are not available: refused unless it is empty").optional(),
    CosConfig: cosConfig.optional().describe("Of back ends COS: not available"),
  })
  .meta({ id: "ServiceConfig" });

const oauthConfig = z
  .object({
    PublicKey: text("Public key that checks tokens: PEM, a JWK as JSON text, or either in base64", 8_192),
    TokenLocation: text("Where the token is: `method.req.header.<name>` or `method.req.query.<name>`", 256),
    LoginRedirectUrl: text("Where a client without a token is sent to", 1_024).optional(),
  })
  .meta({ id: "OauthConfig" });

const responseErrorCode = z
  .object({
    Code: integer(-(2 ** 31), 2 ** 31 - 1)
      .optional()
      .describe("Status that the back end answers"),
    Msg: text("Message that the client gets", 1_000).optional(),
    Desc: text("Description", 1_000).optional(),
    ConvertedCode: integer(-(2 ** 31), 2 ** 31 - 1)
      .optional()
      .describe("Status that the client gets"),
    NeedConvert: z.boolean().optional().describe("Whether it is converted"),
  })
  .meta({ id: "ResponseErrorCodeReq" });

const { list: longestList, timeoutS, mockLength } = limits.apiGateway.api;
const list = <Item extends z.ZodType>(item: Item, sentence: string) =>
  z
    .array(item)
    .refine((entries) => entries.length <= longestList, tooMany(longestList, "entries"))
    .optional()
    .describe(`${sentence}; ${longestList} at most`);

const functionFields = (role: string, prefix: string) => ({
  [`${prefix}FunctionName`]: text(`Function ${role}`).optional(),
  [`${prefix}FunctionNamespace`]: text("Its namespace; `default` when absent").optional(),
  [`${prefix}FunctionQualifier`]: text("Its version or alias; `$DEFAULT` when absent").optional(),
});

/** What CreateApi requires, by name. */
export const requiredFields = {
  ServiceType: text("Back end: `SCF`, `HTTP`, `MOCK` or `WEBSOCKET`", 16),
  ServiceTimeout: integer(timeoutS.min, timeoutS.max).describe(
    `Seconds that the back end may take to answer, ${timeoutS.min}–${timeoutS.max}`,
  ),
  Protocol: text("What the client speaks: `HTTP` or `WEBSOCKET`", 16),
  RequestConfig: requestConfig.describe("Path and method"),
};

/** What else an API may have. */
export const optionalFields = {
  ApiName: text("Name of the API", 128).optional(),
  ApiDesc: text("Description", 1_000).optional(),
  ApiType: text("`NORMAL`; `TSF` is not available", 16).optional(),
  AuthType: text(
    "`NONE`, `SECRET` (key of a usage plan), `APP` (key of an application) or `OAUTH` (JSON Web Token)",
    16,
  ).optional(),
  EnableCORS: z.boolean().optional().describe("Whether pages of any origin may call it"),
  ConstantParameters: list(
    constantParameter,
    "What is sent to an `HTTP` back end with every request; refused with others",
  ),
  RequestParameters: list(requestParameter, "Parameters that it takes"),
  ApiBusinessType: text("With `OAUTH`: `NORMAL`, or `OAUTH` for the API that gives tokens", 16).optional(),
  ServiceMockReturnMessage: text("What a `MOCK` answers", mockLength).optional(),
  ...functionFields("that answers, of `SCF`", "ServiceScf"),
  ...functionFields("that is told of new WebSockets, and may refuse them", "ServiceWebsocketRegister"),
  ...functionFields("that gets what a WebSocket sends", "ServiceWebsocketTransport"),
  ...functionFields("that is told of closed WebSockets", "ServiceWebsocketCleanup"),
  ServiceScfFunctionType: text("`EVENT` (the request becomes an event) or `HTTP` (it goes through)", 16).optional(),
  ServiceScfIsIntegratedResponse: z
    .boolean()
    .optional()
    .describe("Whether the function answers status, headers and body itself"),
  ServiceScfEventIsAsyncCall: z
    .boolean()
    .optional()
    .describe("Whether the client is answered as soon as the event is accepted"),
  IsBase64Encoded: z.boolean().optional().describe("Whether the function gets every body in base64"),
  ServiceConfig: serviceConfig.optional().describe("Where the back end is, of `HTTP` and `WEBSOCKET`"),
  ServiceParameters: list(
    serviceParameter,
    "Under which names and where an `HTTP` back end gets parameters; refused with others",
  ),
  AuthRelationApiId: text("With `OAUTH` and `NORMAL`: the API whose key checks the tokens").optional(),
  OauthConfig: oauthConfig.optional().describe("How tokens are checked, of an API that gives them"),
  ResponseType: text("Kept for documentation", 32).optional(),
  ResponseSuccessExample: text("Kept for documentation", 8_192).optional(),
  ResponseFailExample: text("Kept for documentation", 8_192).optional(),
  ResponseErrorCodes: list(responseErrorCode, "What statuses of the back end become"),
  IsDebugAfterCharge: z.boolean().optional().describe("Kept; nothing looks at it"),
};

/** What changes an API and is no part of it. */
export const passingFields = {
  IsDeleteResponseErrorCodes: z.boolean().optional().describe("Whether `ResponseErrorCodes` are taken away"),
  ...tsfFields,
  ...eiamFields,
};

export const apiFields = z.object({ ...requiredFields, ...optionalFields });

/** The fields of an API, as they were given. */
export type ApiFields = z.output<typeof apiFields>;
