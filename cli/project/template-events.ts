import { z } from "zod";
import type { ProjectTrigger } from "./project.ts";

const word = <const Word extends string>(...words: Word[]) =>
  z.enum(words, {
    error: ({ input }) =>
      `expected ${words.join(", ").replace(/, ([^,]*)$/, " or $1")}; found ${JSON.stringify(input)}`,
  });

const truth = word("true", "false", "TRUE", "FALSE").transform((text) => text.toUpperCase() === "TRUE");

const apiProperties = z.strictObject(
  {
    StageName: word("test", "prepub", "release").optional(),
    HttpMethod: word("GET", "POST", "PUT", "DELETE", "HEAD", "ANY").default("ANY"),
    IntegratedResponse: truth.default(false),
    ServiceId: z.string({ error: "expected the id of a service" }).optional(),
    Enable: word("OPEN", "CLOSE", "true", "false", "TRUE", "FALSE").default("OPEN"),
  },
  { error: "expected StageName, HttpMethod, IntegratedResponse, ServiceId or Enable" },
);

/** What a template says in `Events`: a trigger that can be made, or the type of one that cannot. */
const event = z
  .looseObject(
    { Type: z.string({ error: "expected the type of a trigger, e.g. APIGW" }) },
    { error: "expected Type and Properties" },
  )
  .transform((given, context): ProjectTrigger | { readonly kind: "absent"; readonly type: string } => {
    if (given.Type.toUpperCase() !== "APIGW") return { kind: "absent", type: given.Type };
    const { Properties: properties = {}, Type: _type, ...others } = given;
    for (const key of Object.keys(others)) {
      context.addIssue({ code: "unrecognized_keys", keys: [key], input: given });
    }
    const parsed = apiProperties.safeParse(properties);
    if (parsed.success) return apiTrigger(parsed.data);
    for (const issue of parsed.error.issues) {
      const path = ["Properties", ...issue.path];
      if (issue.code === "unrecognized_keys")
        context.addIssue({ code: issue.code, keys: issue.keys, path, input: given });
      else context.addIssue({ code: "custom", message: issue.message, path });
    }
    return z.NEVER;
  });

/** `Events` of a function, by the names of the triggers. */
export const events = z.record(z.string(), event, { error: "expected triggers by name" });

export const eventKeys: readonly string[] = Object.keys(apiProperties.shape);

function apiTrigger(given: z.output<typeof apiProperties>): ProjectTrigger {
  const { StageName: stage, HttpMethod: method, IntegratedResponse: isIntegrated, ServiceId: serviceId } = given;
  return {
    kind: "apigw",
    // a service that others use is tried first
    stage: stage ?? (serviceId === undefined ? "release" : "test"),
    method,
    isIntegratedResponse: isIntegrated,
    serviceId: serviceId ?? null,
    isEnabled: given.Enable === "OPEN" || given.Enable.toUpperCase() === "TRUE",
  };
}
