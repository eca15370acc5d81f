import { z } from "zod";
import { limits, qualifiers, traceVariables, type InvocationResult } from "../../../core/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import type { EventField } from "../../request/prepared-fields.ts";
import { broken } from "../../request/validate.ts";
import { functionName, namespace, oneOf, qualifier } from "../fields.ts";
import { findFunction, functionErrors, requireActive, resolveVersion } from "../function/function-record.ts";
import { publicHost } from "../function/get-function.ts";
import { billedMs, invocationLogText, milliseconds, tailOf } from "./log-text.ts";

/** The event on the wire: text that is checked to be JSON when the body is read. */
function eventText(code: ErrorCode) {
  return z
    .custom<EventField>((field) => Object(field).kind === "event", { abort: true, error: "must be text" })
    .refine(
      (field) => field.kind === "event" && field.problem === null,
      broken(code, (field: EventField) => `must be JSON text: ${field.kind === "event" ? field.problem : ""}`),
    )
    .transform((field) => (field.kind === "event" ? field : emptyEvent))
    .meta({ type: "string" });
}

type Event = Extract<EventField, { kind: "event" }>;
const emptyEvent: Event = { kind: "event", text: "{}", bytes: 2, problem: null };

const stringPairs = z.record(z.string(), z.string());

const routingKey = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) <= limits.payload.routingKeyBytes,
    broken("InvalidParameterValue.Param", `must be at most ${limits.payload.routingKeyBytes} bytes`),
  )
  .refine(
    (text) => text === "" || readPairs(text) !== null,
    broken("InvalidParameterValue.Param", 'must be JSON text of an object of texts, e.g. {"User":"a"}'),
  )
  .transform((text) => (text === "" ? null : readPairs(text)))
  .optional();

function readPairs(text: string): Readonly<Record<string, string>> | null {
  try {
    return stringPairs.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // not JSON
  }
}

const result = z
  .object({
    RetMsg: z.string().describe("What the function returned, as JSON text; or its failure"),
    ErrMsg: z.string().describe("Why the call failed; empty when it did not"),
    Log: z.string().describe("Last 4 KB of the call's log, with `LogType` `Tail`"),
    MemUsage: z.int().describe("Highest memory during the call in bytes"),
    Duration: z.number().describe("Time of the call in ms"),
    BillDuration: z.int().describe("Billed time in ms: rounded up to 100"),
    FunctionRequestId: z.string().describe("Id of the call; GetFunctionLogs finds it"),
    InvokeResult: z.int().describe("0: the function ran; -1: the call failed"),
  })
  .meta({ id: "Result" });

const output = z.object({ Result: result.describe("How the call ended") });
const logType = oneOf(["None", "Tail"], "InvalidParameterValue")
  .prefault("None")
  .describe("`Tail`: `Result.Log` has the last 4 KB of the log");
const routingField = routingKey.describe(
  'Pairs that the matched routing of an alias looks at, as JSON text: `{"User":"a"}`; at most 1024 bytes',
);

const runErrors = [
  ...functionErrors,
  "InvalidParameterValue.Qualifier",
  "InvalidParameterValue.Param",
  "InvalidParameter.RequestTooLarge",
  "ResourceNotFound.Qualifier",
  "FailedOperation.FunctionStatusError",
  "UnsupportedOperation",
] as const satisfies readonly ErrorCode[];

export const invoke = defineAction({
  name: "Invoke",
  group: "Runs",
  summary: "Calls an event function, and waits for its end or leaves the event to the platform.",
  input: z.object({
    FunctionName: functionName,
    InvocationType: oneOf(["RequestResponse", "Event"], "InvalidParameterValue.InvokeType")
      .prefault("RequestResponse")
      .describe("`RequestResponse`: waits; `Event`: replies as soon as the event is durable"),
    Qualifier: qualifier.default(qualifiers.latest).describe("Version or alias"),
    ClientContext: eventText("InvalidParameterValue.ClientContext")
      .optional()
      .describe("The event as JSON text; at most 6 MB, asynchronously 128 KB; `{}` when absent"),
    LogType: logType,
    Namespace: namespace,
    RoutingKey: routingField,
  }),
  output,
  permission: "scf:Invoke",
  errors: [
    ...runErrors,
    "InvalidParameterValue.ClientContext",
    "InvalidParameterValue.InvokeType",
    "LimitExceeded.Quota",
  ],
  async handle(given, context) {
    const run = { ...given, event: given.ClientContext ?? emptyEvent, field: "ClientContext" };
    return { Result: await (given.InvocationType === "Event" ? acceptSoon(run, context) : runNow(run, context)) };
  },
});

export const invokeFunction = defineAction({
  name: "InvokeFunction",
  group: "Runs",
  summary: "Calls an event function and waits for its end; by default the version that `$DEFAULT` points to.",
  input: z.object({
    FunctionName: functionName,
    Qualifier: qualifier.default(qualifiers.default).describe("Version or alias"),
    Event: eventText("InvalidParameter.Payload")
      .optional()
      .describe("The event as JSON text; at most 6 MB; `{}` when absent"),
    LogType: logType,
    Namespace: namespace,
    RoutingKey: routingField,
  }),
  output,
  permission: "scf:InvokeFunction",
  errors: [...runErrors, "InvalidParameter.Payload"],
  async handle(given, context) {
    return { Result: await runNow({ ...given, event: given.Event ?? emptyEvent, field: "Event" }, context) };
  },
});

interface Run {
  readonly FunctionName: string;
  readonly Namespace: string;
  readonly Qualifier: string;
  readonly LogType: "None" | "Tail";
  readonly RoutingKey?: Readonly<Record<string, string>> | null | undefined;
  readonly event: Event;
  /** Name of the event's field. */
  readonly field: string;
}

/** Runs without asking the database first: a warm function answers while that is away. */
async function runNow(run: Run, context: ActionContext): Promise<z.input<typeof result>> {
  requireSize(run, limits.payload.syncBytes, "a synchronous call");
  const ended = await context.invoke.invoke(
    {
      requestId: context.requestId,
      target: {
        namespace: run.Namespace,
        name: run.FunctionName,
        qualifier: run.Qualifier,
        routingKey: run.RoutingKey ?? undefined,
      },
      kind: "sync",
      retry: 0,
      payload: run.event.text,
      variables: traceVariables(context.trace),
    },
    { signal: context.signal },
  );
  if (neverStarted.includes(ended.record.status)) await explainRefusal(run, context);
  return resultOf(ended, run.LogType);
}

/** Result codes with which nothing was run: no such function or version, not ready, not an event function. */
const neverStarted: readonly number[] = [435, 436, 438, 442];

/** Throws the API's own error where the function, its status or its type is the reason; returns when it is none of these. */
async function explainRefusal(run: Run, context: ActionContext): Promise<void> {
  const record = await findFunction(context, run.Namespace, run.FunctionName);
  if (record.spec.form !== "event") {
    const host = publicHost(record, context);
    throw new ApiError(
      "UnsupportedOperation",
      `${record.name} is of type ${record.spec.type} and is called with HTTP requests: ` +
        `${context.functionsOrigin}/~${record.namespace}/${record.name}/ or its domain ${host}.`,
    );
  }
  requireActive(record);
  await resolveVersion(context, record, run.Qualifier);
}

function resultOf(ended: InvocationResult, log: "None" | "Tail"): z.input<typeof result> {
  const { record } = ended;
  const text = () => invocationLogText({ record, text: ended.log, droppedLines: 0, returnMessage: ended.errorMessage });
  return {
    RetMsg: ended.body,
    ErrMsg: ended.errorMessage,
    Log: log === "Tail" ? tailOf(text(), limits.payload.logTailBytes) : "",
    MemUsage: record.memoryBytes,
    Duration: milliseconds(record.durationUs),
    BillDuration: billedMs(record.durationUs),
    FunctionRequestId: record.requestId,
    InvokeResult: record.status === 200 ? 0 : -1,
  };
}

/** A database that is frozen or unreachable fails a statement after 12 s; a caller that leaves an event wants to know sooner. */
const acceptWithinMs = 3_000;

async function acceptSoon(run: Run, context: ActionContext): Promise<z.input<typeof result>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(notConfirmed()), acceptWithinMs);
  try {
    return await Promise.race([accept(run, context), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function notConfirmed(): ApiError {
  return new ApiError(
    "InternalError.System",
    `The platform's database did not confirm the event within ${acceptWithinMs / 1_000} s; if it takes it later on, ` +
      "the event runs nevertheless. Synchronous calls go on without the database.",
  );
}

/** Leaves the event to the queue; it is durable when this resolves. */
async function accept(run: Run, context: ActionContext): Promise<z.input<typeof result>> {
  requireSize(run, limits.payload.asyncBytes, "an asynchronous call");
  const record = await findFunction(context, run.Namespace, run.FunctionName);
  await explainRefusal(run, context);
  const now = context.clock.now();
  const outcome = await context.store.events.accept({
    requestId: context.requestId,
    functionId: record.functionId,
    namespace: run.Namespace,
    name: run.FunctionName,
    qualifier: run.Qualifier,
    payload: run.event.text,
    variables: traceVariables(context.trace),
    routingKey: run.RoutingKey ?? null,
    acceptedAt: now,
    expiresAt: now + limits.async.maxTtlS * 1_000,
    maxRetries: limits.async.retries,
  });
  if (outcome === "full") {
    throw new ApiError(
      "LimitExceeded.Quota",
      `${limits.async.queuedPerFunction} events of ${record.name} are waiting, as many as may; try again later.`,
    );
  }
  return {
    RetMsg: "",
    ErrMsg: "",
    Log: "",
    MemUsage: 0,
    Duration: 0,
    BillDuration: 0,
    FunctionRequestId: context.requestId,
    InvokeResult: 0,
  };
}

function requireSize({ event, field }: Run, maxBytes: number, call: string): void {
  if (event.bytes <= maxBytes) return;
  throw new ApiError(
    "InvalidParameter.RequestTooLarge",
    `${field} must be at most ${maxBytes / 1024} KB for ${call}; it has ${Math.ceil(event.bytes / 1024)} KB.`,
  );
}
