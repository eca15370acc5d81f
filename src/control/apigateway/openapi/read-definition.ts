import { parse } from "yaml";
import { z } from "zod";
import { ApiError } from "../../api-error.ts";
import { checkDefinition } from "./check-definition.ts";
import { operation, type Operation } from "./operation-fields.ts";

export interface ReadOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Names of OpenAPI for methods; `ANY` is none of its own. */
export const methodKeys = {
  GET: "get",
  HEAD: "head",
  POST: "post",
  PUT: "put",
  DELETE: "delete",
  PATCH: "patch",
  OPTIONS: "options",
  ANY: "x-apigw-any-method",
} as const;

const document = z.looseObject({
  openapi: z.string().regex(/^3\.[01]\.\d+$/, "openapi must be 3.0 or 3.1"),
  paths: z.record(z.string(), z.looseObject({})).default({}),
});

/** The operations of a definition. Throws unless it is a good one. */
export async function readDefinition(text: string, encoding: "YAML" | "JSON"): Promise<readonly ReadOperation[]> {
  const value = parseText(text, encoding);
  const read = document.safeParse(value);
  if (!read.success) throw problem(read.error.issues[0]?.message ?? "it is no definition");
  const wrong = await checkDefinition(read.data);
  if (wrong !== null) throw problem(wrong);
  return Object.entries(read.data.paths).flatMap(([path, item]) =>
    Object.entries(methodKeys).flatMap(([method, key]) => {
      if (item[key] === undefined) return [];
      const parsed = operation.safeParse(item[key]);
      if (parsed.success) return [{ method, path, operation: parsed.data }];
      const [issue] = parsed.error.issues;
      throw problem(`${method} ${path}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}`);
    }),
  );
}

function parseText(text: string, encoding: "YAML" | "JSON"): unknown {
  try {
    return encoding === "JSON" ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw problem(`it is not ${encoding}: ${error instanceof Error ? error.message : "?"}`);
  }
}

function problem(sentence: string): ApiError {
  return new ApiError(
    "InvalidParameter.FormatError",
    `Content is not an OpenAPI definition that can be read: ${sentence.slice(0, 400)}`,
  );
}
