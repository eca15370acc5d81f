import { z } from "zod";
import { eventKeys, events } from "./template-events.ts";

/**
 * TCSAM (version 2018-11-11) as a schema. The file is read with YAML's failsafe rules: every scalar is text, so that
 * `VERSION: 1.10` stays `1.10`; numbers are made here.
 */

const text = z.string({ error: "expected text" });

function integer(min: number, max: number, what: string) {
  return z
    .string({ error: `expected ${what}` })
    .refine((value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: ({ input }) => `expected ${what}; found ${JSON.stringify(input)}`,
    })
    .transform(Number);
}

function oneOf<const Word extends string>(...words: Word[]) {
  return z.enum(words, {
    error: ({ input }) =>
      `expected ${words.join(", ").replace(/, ([^,]*)$/, " or $1")}${input === undefined ? "" : `; found ${JSON.stringify(input)}`}`,
  });
}

const memory = integer(64, 3_072, "64, or 128–3072 in steps of 128 (MB)").refine(
  (mb) => mb === 64 || mb % 128 === 0,
  "expected 64, or 128–3072 in steps of 128 (MB)",
);

const environment = z.strictObject(
  { Variables: z.record(z.string(), text, { error: "expected names with their values" }).default({}) },
  { error: "expected Variables with names and values" },
);

const layer = z.strictObject(
  { LayerName: text, LayerVersion: integer(1, 2_147_483_647, "the number of a version of the layer") },
  { error: "expected LayerName and LayerVersion" },
);

const functionType = oneOf("Event", "HTTP", "Service");

/** Properties that `Globals.Function` may set for all functions. */
const shared = {
  Type: functionType.optional(),
  Handler: text.optional(),
  Runtime: text.optional(),
  Description: text.optional(),
  MemorySize: memory.optional(),
  Timeout: integer(1, 900, "1–900 (seconds)").optional(),
  InitTimeout: integer(3, 300, "3–300 (seconds)").optional(),
  Role: text.optional(),
  Environment: environment.optional(),
  VpcConfig: z.strictObject({ VpcId: text, SubnetId: text }, { error: "expected VpcId and SubnetId" }).optional(),
  CodeUri: text.optional(),
  Layers: z
    .array(layer, { error: "expected a list, each with LayerName and LayerVersion" })
    .max(5, "expected at most 5 layers")
    .optional(),
  InstallDependency: z
    .enum(["true", "false", "TRUE", "FALSE"], {
      error: ({ input }) => `expected true or false; found ${JSON.stringify(input)}`,
    })
    .transform((word) => (word.toUpperCase() === "TRUE" ? "TRUE" : "FALSE"))
    .optional(),
};

const bucket = z.strictObject({ Bucket: text, Key: text }, { error: "expected a path, or Bucket and Key" });

const properties = z.strictObject(
  {
    ...shared,
    CodeUri: z.union([text, bucket], { error: "expected a directory, a file or a zip" }).optional(),
    LocalZipFile: text.optional(),
    ProtocolType: oneOf("WS").optional(),
    ProtocolParams: z
      .strictObject({ WSParams: z.strictObject({ IdleTimeOut: integer(1, 1_800, "1–1800 (seconds)") }) })
      .optional(),
    InstanceConcurrencyConfig: z
      .strictObject({
        DynamicEnabled: oneOf("TRUE", "FALSE", "").default("FALSE"),
        MaxConcurrency: integer(1, 100, "1–100").optional(),
      })
      .optional(),
    Events: events.optional(),
  },
  { error: "expected the properties of a function" },
);

export type FunctionProperties = z.output<typeof properties>;

const functionName = /^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/;
const namespaceName = /^[A-Za-z](?:[A-Za-z0-9_-]{0,28}[A-Za-z0-9])?$/;

const functionResource = z.strictObject(
  {
    Type: z.literal("TencentCloud::Serverless::Function", {
      error: ({ input }) => `expected TencentCloud::Serverless::Function; found ${JSON.stringify(input ?? "nothing")}`,
    }),
    Properties: properties,
  },
  { error: "expected a function: Type and Properties" },
);

const namespace = z
  .object(
    {
      Type: z.literal("TencentCloud::Serverless::Namespace", {
        error: ({ input }) =>
          `expected TencentCloud::Serverless::Namespace (functions stand inside a namespace); found ${JSON.stringify(input ?? "nothing")}`,
      }),
    },
    { error: "expected a namespace: Type, and functions by name" },
  )
  .catchall(functionResource)
  .superRefine((value, context) => refuseNames(Object.keys(value), functionName, "function", context));

export const templateSchema = z.strictObject(
  {
    Globals: z
      .strictObject(
        { Function: z.strictObject(shared, { error: "expected properties of functions" }).optional() },
        { error: "expected Function with properties" },
      )
      .optional(),
    Resources: z
      .record(z.string(), namespace, { error: "expected namespaces with functions" })
      .superRefine((value, context) => refuseNames(Object.keys(value), namespaceName, "namespace", context)),
  },
  { error: "expected Resources (and optionally Globals)" },
);

/** Keys that a person may have meant by another one. */
export const templateKeys: readonly string[] = [
  ...Object.keys(templateSchema.shape),
  ...Object.keys(functionResource.shape),
  ...Object.keys(properties.shape),
  ...Object.keys(environment.shape),
  ...Object.keys(layer.shape),
  ...eventKeys,
];

export type Template = z.output<typeof templateSchema>;

function refuseNames(names: readonly string[], pattern: RegExp, what: string, context: z.RefinementCtx): void {
  const length = what === "function" ? "2–60" : "1–30";
  for (const name of names) {
    if (name === "Type" || pattern.test(name)) continue;
    context.addIssue({
      code: "custom",
      path: [name],
      message: `expected the name of a ${what}: ${length} letters, digits, "-" and "_", beginning with a letter and not ending in "-" or "_"`,
    });
  }
}
