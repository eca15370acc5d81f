import { z } from "zod";
import type { InstanceLogRow, InvocationRecord } from "../../../store/index.ts";
import { formatTime } from "../time.ts";
import { billedMs, invocationLogText, linesText, milliseconds } from "./log-text.ts";

const phases = z
  .object({
    Queue: z.number().describe("Waiting for admission and an instance, ms; not billed"),
    Claim: z.number().describe("Taking a started sandbox, ms; 0 on a warm call, like the next two"),
    Mount: z.number().describe("Giving it code and limits, ms"),
    Init: z.number().describe("Loading the handler, ms"),
    Thaw: z.number().describe("Thawing an instance that stood still, ms; 0 when it did not"),
    Run: z.number().describe("The function itself, ms"),
  })
  .meta({ id: "InvocationPhases" });

/** An entry of GetFunctionLogs. */
export const functionLog = z
  .object({
    FunctionName: z.string().describe("Name of the function"),
    RetMsg: z.string().describe("What the function returned, or its failure; at most 8 KB"),
    RequestId: z.string().describe("Id of the call; empty for lines of an instance"),
    StartTime: z.string().describe("When it began, Asia/Shanghai"),
    RetCode: z.int().describe("0: went well; 3: the caller went away; otherwise the code of the failure, e.g. 430"),
    InvokeFinished: z.int().describe("1"),
    Duration: z.number().describe("Time of the call in ms: all of `Phases` but `Queue`"),
    Phases: phases
      .optional()
      .describe("Where the time of a call went; absent for lines of an instance. Tencent's API has no such field"),
    BillDuration: z.int().describe("Billed time in ms: rounded up to 100"),
    MemUsage: z.int().describe("Highest memory during the call in bytes"),
    NetworkBytesOut: z
      .int()
      .optional()
      .describe(
        "Bytes that the sandbox sent over its network since the call before ended, with their packets' headers; of services with " +
          "their answers; absent for lines of an instance. Tencent's API has no such field",
      ),
    Log: z.string().describe("START, the function's lines, END and Report"),
    Level: z.string().describe("Empty"),
    Source: z.string().describe("`invocation`, or `instance` for lines that belong to no call, e.g. of a service"),
    RetryNum: z.int().describe("Deliveries of the event before this one"),
  })
  .meta({ id: "FunctionLog" });

export type FunctionLogEntry = z.input<typeof functionLog>;

/** Bounds the log text of one reply. */
export class TextBudget {
  static readonly bytes = 8 * 1024 * 1024;
  #left = TextBudget.bytes;

  take(text: string): string {
    this.#left -= text.length;
    if (this.#left > 0) return text;
    return `(left out: the logs of one reply are limited to ${TextBudget.bytes / (1024 * 1024)} MB; ask for this call with FunctionRequestId)\n`;
  }
}

const canceled = 499;

/** A call that ended. */
export function invocationEntry(record: InvocationRecord, budget: TextBudget): FunctionLogEntry {
  const { returnMessage, droppedLines } = record;
  const text = invocationLogText({ record, text: linesText(record.lines), droppedLines, returnMessage });
  return {
    FunctionName: record.name,
    RetMsg: returnMessage,
    RequestId: record.requestId,
    StartTime: formatTime(record.startedAt),
    RetCode: record.status === 200 ? 0 : record.status === canceled ? 3 : record.status,
    InvokeFinished: 1,
    Duration: milliseconds(record.durationUs),
    Phases: phasesOf(record),
    BillDuration: billedMs(record.durationUs),
    MemUsage: record.memoryBytes,
    NetworkBytesOut: record.networkBytesOut,
    Log: budget.take(text),
    Level: "",
    Source: "invocation",
    RetryNum: record.retry,
  };
}

function phasesOf(record: InvocationRecord): z.input<typeof phases> {
  return {
    Queue: milliseconds(record.queueUs),
    Claim: milliseconds(record.claimUs),
    Mount: milliseconds(record.mountUs),
    Init: milliseconds(record.initUs),
    Thaw: milliseconds(record.thawUs),
    Run: milliseconds(record.runUs),
  };
}

/** Lines that belong to no call. */
export function instanceEntry(row: InstanceLogRow, name: string, budget: TextBudget): FunctionLogEntry {
  return {
    FunctionName: name,
    RetMsg: "",
    RequestId: "",
    StartTime: formatTime(row.lines[0]?.at ?? 0),
    RetCode: 0,
    InvokeFinished: 1,
    Duration: 0,
    BillDuration: 0,
    MemUsage: 0,
    Log: budget.take(`${linesText(row.lines)}\n`),
    Level: "",
    Source: "instance",
    RetryNum: 0,
  };
}
