import { z } from "zod";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { makeApi } from "../api/apis.ts";
import { formatTime, oneOf, serviceId, text, totalCount } from "../fields.ts";
import { defineResultAction } from "../result-action.ts";
import { findService } from "../service/service-record.ts";
import { fieldsOfOperation } from "./operation-fields.ts";
import { readDefinition, type ReadOperation } from "./read-definition.ts";

const created = z
  .object({
    ApiId: z.string().describe("Id of the API; empty: it was not made"),
    Path: z.string().describe("Its path"),
    Method: z.string().describe("Its method"),
    CreatedTime: z.string().describe("When it was made, UTC"),
    Status: z.string().describe("`success` or `fail`"),
    ErrMsg: z.string().describe("Why it was not made"),
    ApiName: z.string().describe("Its name"),
  })
  .meta({ id: "CreateApiRsp" });

export const importOpenApi = defineResultAction({
  name: "ImportOpenApi",
  group: "OpenAPI",
  summary:
    "Makes an API of each operation of an OpenAPI 3 definition. One that cannot be made says why, and the others are made.",
  input: z.object({
    ServiceId: serviceId,
    Content: text("The definition", 1_048_576),
    EncodeType: oneOf(["YAML", "JSON"]).optional().describe("`YAML` (when absent) or `JSON`"),
    ContentVersion: text("`openAPI`; nothing else is read").optional(),
  }),
  result: z
    .object({
      TotalCount: totalCount,
      ApiSet: z.array(created).describe("The operations, in the order of the definition"),
    })
    .meta({ id: "CreateApiRspSet" })
    .describe("The APIs"),
  errors: ["ResourceNotFound.InvalidService", "InvalidParameter.FormatError"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const operations = await readDefinition(given.Content, given.EncodeType ?? "YAML");
    // Those that give tokens come first: others name them.
    const ordered = operations.toSorted((a, b) => Number(givesTokens(b)) - Number(givesTokens(a)));
    const made = new Map<ReadOperation, z.input<typeof created>>();
    for (const one of ordered) made.set(one, await importOne(one, given.ServiceId, made, context));
    return { TotalCount: operations.length, ApiSet: operations.flatMap((one) => made.get(one) ?? []) };
  },
});

function givesTokens({ operation }: ReadOperation): boolean {
  return operation["x-apigw-api-business-type"] === "OAUTH";
}

async function importOne(
  { method, path, operation, security }: ReadOperation,
  ofService: string,
  made: ReadonlyMap<ReadOperation, z.input<typeof created>>,
  context: ActionContext,
): Promise<z.input<typeof created>> {
  const reply = { Path: path, Method: method, ApiName: operation.operationId ?? "" };
  const named = operation["x-apigw-auth-relation"];
  const relation = [...made].find(([other]) => `${other.method} ${other.path}` === named)?.[1].ApiId ?? null;
  try {
    refuseUnmapped(security, operation["x-apigw-auth-type"]);
    const api = await makeApi(ofService, fieldsOfOperation(method, path, operation, relation), context);
    return { ...reply, ApiId: api.apiId, CreatedTime: formatTime(api.addTime), Status: "success", ErrMsg: "" };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...reply, ApiId: "", CreatedTime: "", Status: "fail", ErrMsg: `${error.code}: ${error.message}` };
  }
}

/** What asks for more than its `x-apigw-auth-type` says would be open to anybody. */
function refuseUnmapped(security: readonly string[], authType = "NONE"): void {
  if (security.length === 0 || (authType !== "NONE" && authType !== "")) return;
  throw new ApiError(
    "UnsupportedOperation",
    `security asks for ${security.join(", ").slice(0, 100)}, which is not available: x-apigw-auth-type says how callers are checked; it can be SECRET, APP or OAUTH.`,
  );
}
