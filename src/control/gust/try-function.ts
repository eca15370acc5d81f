import { z } from "zod";
import { qualifiers } from "../../core/index.ts";
import { defineAction, type TryStart } from "../action.ts";
import { functionName, namespace, qualifier } from "../scf/fields.ts";
import { findFunction, functionErrors, requireActive, resolveVersion } from "../scf/function/function-record.ts";

const output = z.object({
  Outcome: z
    .enum(["Started", "Failed", "Untried"])
    .describe("`Untried`: nothing is known, because there is no room, or a service is started by its deployment"),
  Reason: z.string().describe("Why it did not start; empty when it did"),
  ErrorCode: z.string().describe("Kind of failure, e.g. `HandlerNotFound`; empty unless `Failed`"),
  StackTrace: z.string().describe("Where the code failed, as far as that is known"),
});

export const tryFunction = defineAction({
  name: "TryFunction",
  group: "Server",
  summary:
    "Starts an instance of an event or HTTP function as its first call would, and ends it: tells why calls would fail before anybody calls.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    Qualifier: qualifier.default(qualifiers.latest).describe("Version or alias"),
  }),
  output,
  permission: "gust:TryFunction",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Qualifier",
    "ResourceNotFound.Qualifier",
    "FailedOperation.FunctionStatusError",
  ],
  async handle({ FunctionName: name, Namespace: space, Qualifier: asked }, context) {
    const record = await findFunction(context, space, name);
    requireActive(record);
    const { version } = await resolveVersion(context, record, asked);
    const target = { namespace: space, name, qualifier: version };
    return replyOf(await context.tryStart(target, { signal: context.signal }));
  },
});

function replyOf(tried: Awaited<ReturnType<TryStart>>): z.input<typeof output> {
  const nothing = { Reason: "", ErrorCode: "", StackTrace: "" };
  switch (tried.kind) {
    case "started":
      return { ...nothing, Outcome: "Started" };
    case "untried":
      return { ...nothing, Outcome: "Untried", Reason: tried.reason };
    case "failed": {
      const { code, message, details } = tried.error;
      return { Outcome: "Failed", Reason: message, ErrorCode: code, StackTrace: details.stackTrace ?? "" };
    }
  }
}
