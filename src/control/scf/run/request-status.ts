import { z } from "zod";
import type { FunctionRecord, InvocationRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { functionName, namespace, shortText, time } from "../fields.ts";
import { findFunction, functionErrors } from "../function/function-record.ts";
import { formatTime } from "../time.ts";
import { flushRecords } from "./flush-records.ts";
import { megabytes, milliseconds } from "./log-text.ts";

const status = z
  .object({
    FunctionName: z.string().describe("Name of the function"),
    RetMsg: z.string().describe("What the function returned, or its failure"),
    RequestId: z.string().describe("Id of the call"),
    StartTime: z.string().describe("When it began, Asia/Shanghai"),
    RetCode: z.int().describe("0: went well; 1: waiting or running; -1: failed"),
    Duration: z.number().describe("Time of the call in ms"),
    MemUsage: z.number().describe("Highest memory during the call in MB"),
    RetryNum: z.int().describe("Retries so far"),
  })
  .meta({ id: "RequestStatus" });

const defaultWindowMs = 15 * 60_000;

const input = z.object({
  FunctionName: functionName,
  FunctionRequestId: shortText("InvalidParameterValue.FunctionRequestId", 128).describe("Id of the call"),
  Namespace: namespace,
  StartTime: time
    .optional()
    .describe("Earliest beginning, `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai; 15 minutes ago when absent"),
  EndTime: time.optional().describe("Latest beginning; now when absent"),
});

export const getRequestStatus = defineAction({
  name: "GetRequestStatus",
  group: "Runs",
  summary: "Tells how a call ended, or where an asynchronous one stands.",
  input,
  output: z.object({
    TotalCount: z.int().describe("1, or 0 when the call is not known"),
    Data: z.array(status).describe("The call"),
  }),
  permission: "scf:GetRequestStatus",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.FunctionRequestId",
    "InvalidParameterValue.DateTime",
    "InvalidParameterValue.StartTimeOrEndTime",
  ],
  async handle(given, context) {
    const window = windowOf(given, context);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await flushRecords(context);
    const found = await find(given.FunctionRequestId, record, context);
    const data = found.filter(({ at }) => at >= window.from && at < window.to).map(({ reply }) => reply);
    return { TotalCount: data.length, Data: data };
  },
});

function windowOf(given: z.output<typeof input>, context: ActionContext): { from: number; to: number } {
  const to = given.EndTime === undefined ? context.clock.now() + 1_000 : given.EndTime + 1_000;
  const from = given.StartTime ?? to - 1_000 - defaultWindowMs;
  if (from < to) return { from, to };
  throw new ApiError("InvalidParameterValue.StartTimeOrEndTime", "EndTime must not be before StartTime.");
}

type Found = readonly { readonly at: number; readonly reply: z.input<typeof status> }[];

/** An event between two deliveries has a record of the last one; what the queue says goes first. */
async function find(requestId: string, { functionId, name }: FunctionRecord, { store }: ActionContext): Promise<Found> {
  const queued = await store.events.status(requestId as Parameters<typeof store.events.status>[0]); // looked up, not trusted
  const ended = await store.records.find(requestId);
  if (ended !== null && ended.functionId !== functionId) return [];
  const isOpen = queued?.state === "waiting" || queued?.state === "running";
  if (ended !== null && !isOpen) return [{ at: ended.startedAt, reply: endedReply(ended) }];
  if (queued === null || queued.functionId !== functionId) return [];
  const reply = {
    FunctionName: name,
    RetMsg: queued.state === "dead" ? "The event could not be delivered in time." : "",
    RequestId: requestId,
    StartTime: formatTime(queued.acceptedAt),
    RetCode: isOpen ? 1 : queued.state === "done" ? 0 : -1,
    Duration: 0,
    MemUsage: 0,
    RetryNum: queued.retry,
  };
  return [{ at: queued.acceptedAt, reply }];
}

function endedReply(record: InvocationRecord): z.input<typeof status> {
  return {
    FunctionName: record.name,
    RetMsg: record.returnMessage,
    RequestId: record.requestId,
    StartTime: formatTime(record.startedAt),
    RetCode: record.status === 200 ? 0 : -1,
    Duration: milliseconds(record.durationUs),
    MemUsage: megabytes(record.memoryBytes),
    RetryNum: record.retry,
  };
}
