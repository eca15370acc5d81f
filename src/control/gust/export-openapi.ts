import { stringify } from "yaml";
import { z } from "zod";
import type { ApiRecord } from "../../store/index.ts";
import { defineAction } from "../action.ts";
import { ApiError } from "../api-error.ts";
import { apiFields } from "../apigateway/api/api-fields.ts";
import { parsePath } from "../apigateway/api/path.ts";
import { oneOf, serviceId } from "../apigateway/fields.ts";
import { operationOfFields } from "../apigateway/openapi/operation-fields.ts";
import { methodKeys } from "../apigateway/openapi/read-definition.ts";
import { findService } from "../apigateway/service/service-record.ts";

export const exportOpenApi = defineAction({
  name: "ExportOpenApi",
  group: "API gateway",
  summary: "Writes the APIs of a service, as they are edited, as an OpenAPI 3 definition that ImportOpenApi reads.",
  input: z.object({
    ServiceId: serviceId,
    EncodeType: oneOf(["YAML", "JSON"]).optional().describe("`YAML` (when absent) or `JSON`"),
  }),
  output: z.object({ Content: z.string().describe("The definition") }),
  permission: "gust:ExportOpenApi",
  errors: [
    "InvalidParameterValue.LengthExceeded",
    "InvalidParameterValue.NotInOptions",
    "ResourceNotFound.InvalidService",
    "UnsupportedOperation",
  ],
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    const apis = (await context.store.apiGateway.apis.list(given.ServiceId)).toSorted((a, b) =>
      keyOf(a) < keyOf(b) ? -1 : 1,
    );
    const definition = {
      openapi: "3.0.3",
      info: {
        title: service.name,
        version: "1.0.0",
        ...(service.description === "" ? {} : { description: service.description }),
      },
      paths: pathsOf(apis),
    };
    const isJson = given.EncodeType === "JSON";
    return {
      Content: isJson ? JSON.stringify(definition, null, 2) : stringify(definition, { aliasDuplicateObjects: false }),
    };
  },
});

/** By what OpenAPI tells them apart. */
function keyOf({ definition }: ApiRecord): string {
  return `${definition.path} ${definition.method}`;
}

function pathsOf(apis: readonly ApiRecord[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const api of apis) {
    const { path, method } = api.definition;
    const item = (paths[path] ??= {});
    const key = methodKeys[method];
    if (key in item) {
      throw new ApiError(
        "UnsupportedOperation",
        `OpenAPI has one operation of ${method} ${path}; the service has several (exact and prefix, or HTTP and WebSocket).`,
      );
    }
    const giver = apis.find(({ apiId }) => apiId === api.authorizedBy);
    const relation = giver === undefined ? null : `${giver.definition.method} ${giver.definition.path}`;
    const fields = apiFields.parse(api.given);
    item[key] = operationOfFields(fields, parsePath(fields.RequestConfig.Path).names, relation);
  }
  return paths;
}
