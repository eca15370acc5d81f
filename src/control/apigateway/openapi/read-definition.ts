import { parse } from "yaml";
import { z } from "zod";
import { limits } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";
import { checkDefinition } from "./check-definition.ts";
import { LocalReferences } from "./local-references.ts";
import { operation, type Operation } from "./operation-fields.ts";

export interface ReadOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  /** Names of the schemes of which it asks for one; none: anybody may call it. */
  readonly security: readonly string[];
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

const requirements = z.array(z.record(z.string(), z.unknown()));

const document = z.looseObject({
  openapi: z.string().regex(/^3\.[01]\.\d+$/, "openapi must be 3.0 or 3.1"),
  security: requirements.optional(),
  paths: z.record(z.string(), z.looseObject({})).default({}),
});

type Document = z.output<typeof document>;

/** Deeper than any definition that somebody wrote; what checks it calls itself for each level. */
const deepest = 200;

/** The operations of a definition. Throws unless it is a good one. */
export async function readDefinition(text: string, encoding: "YAML" | "JSON"): Promise<readonly ReadOperation[]> {
  const value = parseText(text, encoding);
  if (isTooDeep(value)) throw problem(`it is nested more than ${deepest} levels deep`);
  const read = document.safeParse(value);
  if (!read.success) throw problem(read.error.issues[0]?.message ?? "it is no definition");
  const references = new LocalReferences(read.data);
  const all = findOperations(read.data, references);
  const most = limits.apiGateway.apisPerService;
  if (all.length > most) throw problem(`it has ${all.length} operations; a service has at most ${most} APIs`);
  const wrong = await checkDefinition(read.data);
  if (wrong !== null) throw problem(wrong);
  return all.map((found) => readOperation(found, read.data, references));
}

interface FoundOperation {
  readonly method: string;
  readonly path: string;
  readonly item: Readonly<Record<string, unknown>>;
  readonly written: unknown;
}

function findOperations({ paths }: Document, references: LocalReferences): readonly FoundOperation[] {
  return Object.entries(paths).flatMap(([path, written]) => {
    const item = { ...Object(followed(references, written, path)), ...written };
    return Object.entries(methodKeys).flatMap(([method, key]) =>
      item[key] === undefined ? [] : [{ method, path, item, written: item[key] }],
    );
  });
}

/** With the parameters of its path, and what the definition asks of all that say nothing else. */
function readOperation({ method, path, item, written }: FoundOperation, whole: Document, references: LocalReferences) {
  const where = `${method} ${path}`;
  const own: Readonly<Record<string, unknown>> = Object(written);
  const parameters = mergedParameters(
    listed(item["parameters"]).map((one) => parameterOf(one, references, where)),
    listed(own["parameters"]).map((one) => parameterOf(one, references, where)),
  );
  const parsed = operation.safeParse({ ...own, ...(parameters.length === 0 ? {} : { parameters }) });
  const asked = requirements.safeParse(own["security"] ?? whole.security ?? []);
  if (parsed.success && asked.success) {
    return { method, path, operation: parsed.data, security: asked.data.flatMap((one) => Object.keys(one)) };
  }
  const [issue] = (parsed.error ?? asked.error)?.issues ?? [];
  throw problem(`${where}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}`);
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

interface FollowedParameter {
  readonly [name: string]: unknown;
}

function parameterOf(written: unknown, references: LocalReferences, where: string): FollowedParameter {
  const parameter: FollowedParameter = Object(followed(references, written, where));
  const { schema } = parameter;
  return schema === undefined ? parameter : { ...parameter, schema: followed(references, schema, where) };
}

/** An operation's own parameter takes the place of its path's of the same name and place. */
function mergedParameters(
  ofPath: readonly FollowedParameter[],
  own: readonly FollowedParameter[],
): readonly FollowedParameter[] {
  const isReplaced = (one: FollowedParameter) =>
    own.some((other) => other["name"] === one["name"] && other["in"] === one["in"]);
  return [...ofPath.filter((one) => !isReplaced(one)), ...own];
}

function followed(references: LocalReferences, value: unknown, where: string): unknown {
  try {
    return references.follow(value);
  } catch (error) {
    throw problem(`${where}: ${error instanceof Error ? error.message : "a reference is wrong"}`);
  }
}

/** Level by level, each object once in each: YAML can name one object many times, and inside itself. */
function isTooDeep(value: unknown): boolean {
  let level = new Set([value]);
  for (let depth = 0; depth <= deepest; depth++) {
    const next = [...level].flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    if (next.length === 0) return false;
    level = new Set(next);
  }
  return true;
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
