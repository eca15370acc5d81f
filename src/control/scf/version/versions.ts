import { z } from "zod";
import { qualifiers } from "../../../core/index.ts";
import { defineAction } from "../../action.ts";
import { description, functionName, limit, namespace, offset, oneOf, order } from "../fields.ts";
import { findFunction, functionErrors, functionMissing, requireActive } from "../function/function-record.ts";
import { formatTime } from "../time.ts";

export const publishVersion = defineAction({
  name: "PublishVersion",
  group: "Versions",
  summary: "Freezes code and configuration of `$LATEST` as the next version: 1, 2, …",
  input: z.object({
    FunctionName: functionName,
    Description: description.optional().describe("Description of the version"),
    Namespace: namespace,
  }),
  output: z.object({
    FunctionVersion: z.string().describe("Number of the version"),
    CodeSize: z.int().describe("Size of the package in bytes"),
    MemorySize: z.int().describe("Memory in MB"),
    Description: z.string().describe("Description of the version"),
    Handler: z.string().describe("Handler"),
    Timeout: z.int().describe("Seconds that one call may take"),
    Runtime: z.string().describe("Runtime"),
    Namespace: z.string().describe("Namespace of the function"),
  }),
  permission: "scf:PublishVersion",
  errors: [...functionErrors, "InvalidParameterValue.Description", "FailedOperation.FunctionStatusError"],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    requireActive(record);
    const published = await context.store.versions.publish(record.functionId, given.Description ?? "");
    if (published === null) throw functionMissing(given.Namespace, given.FunctionName);
    await context.store.changes.announce("function", record.functionId);
    return {
      FunctionVersion: published.version,
      CodeSize: published.codeSize,
      MemorySize: published.spec.memoryMb,
      Description: published.description,
      Handler: published.spec.handler,
      Timeout: published.spec.timeoutS,
      Runtime: published.spec.runtime,
      Namespace: record.namespace,
    };
  },
});

const versionShape = z
  .object({
    Version: z.string().describe("`$LATEST` or a number"),
    Description: z.string().describe("Description of the version"),
    AddTime: z.string().describe("When it was published, Asia/Shanghai"),
    ModTime: z.string().describe("When it was changed last, Asia/Shanghai"),
    Status: z.string().describe("Status, as GetFunction tells it"),
  })
  .meta({ id: "FunctionVersion" });

export const listVersionByFunction = defineAction({
  name: "ListVersionByFunction",
  group: "Versions",
  summary: "Lists the versions of a function, `$LATEST` included.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    Offset: offset,
    Limit: limit(1_000),
    Order: order("desc"),
    OrderBy: oneOf(["AddTime", "ModTime"], "InvalidParameterValue.OrderBy")
      .prefault("AddTime")
      .describe("`AddTime` or `ModTime`; `$LATEST` comes first in any order"),
  }),
  output: z.object({
    FunctionVersion: z.array(z.string()).describe("The versions' names"),
    Versions: z.array(versionShape).describe("The versions"),
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
  }),
  permission: "scf:ListVersionByFunction",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
    "InvalidParameterValue.Order",
    "InvalidParameterValue.OrderBy",
  ],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const published = await context.store.versions.list(record.functionId);
    const sign = given.Order === "asc" ? 1 : -1;
    const key = given.OrderBy === "AddTime" ? "addTime" : "modTime";
    const sorted = published.toSorted((a, b) => sign * (a[key] - b[key] || Number(a.version) - Number(b.version)));
    const latest = { ...record, version: qualifiers.latest, description: record.spec.description };
    const page = [latest, ...sorted].slice(given.Offset, given.Offset + given.Limit);
    return {
      FunctionVersion: page.map(({ version }) => version),
      Versions: page.map((it) => ({
        Version: it.version,
        Description: it.description,
        AddTime: formatTime(it.addTime),
        ModTime: formatTime(it.modTime),
        Status: it.status,
      })),
      TotalCount: published.length + 1,
    };
  },
});
