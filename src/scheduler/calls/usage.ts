import {
  limits,
  type FunctionId,
  type FunctionVersion,
  type LogLine,
  type PhaseTimes,
  type UsageRecord,
} from "../../core/index.ts";
import { EncodedLines, type RecordTable } from "../../store/index.ts";
import type { FunctionLogs } from "../../telemetry/index.ts";
import { microseconds } from "../instances/start-instance.ts";
import type { StartTimes } from "../instances/instance.ts";
import type { Invocation } from "../invoker.ts";

/** Measures one call for its record: when it came, what it waited for, when it ran, what it moved. */
export class CallMeter {
  readonly invocation: Invocation;
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  bytesIn = 0;
  bytesOut = 0;
  networkBytesOut = 0;
  #runsSince = -1;
  #start: StartTimes | null = null;
  #thawUs = 0;

  constructor(invocation: Invocation, arrivedAt: number, startedAt: number) {
    this.invocation = invocation;
    this.arrivedAt = arrivedAt;
    this.startedAt = startedAt;
  }

  /** It has its slot; `start`: the start it waited for; `thawUs`: what thawing the instance took. */
  run(now: number, start: StartTimes | null, thawUs: number): void {
    this.#runsSince = now;
    this.#start = start;
    this.#thawUs = thawUs;
  }

  record(version: FunctionVersion, now: number, status: number, httpStatus: number, memoryBytes: number): UsageRecord {
    const { requestId, target, kind, retry } = this.invocation;
    const times = this.times(now);
    return {
      requestId,
      functionId: version.functionId,
      namespace: version.namespace,
      name: version.name,
      version: version.version,
      qualifier: target.qualifier,
      form: version.spec.form,
      kind,
      startedAt: this.startedAt,
      queueUs: times.queueUs,
      claimUs: times.claimUs,
      mountUs: times.mountUs,
      initUs: times.initUs,
      thawUs: times.thawUs,
      runUs: times.runUs,
      durationUs: times.claimUs + times.mountUs + times.initUs + times.thawUs + times.runUs,
      memoryMb: version.spec.memoryMb,
      memoryBytes,
      status,
      httpStatus,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      networkBytesOut: this.networkBytesOut,
      retry,
      isCold: this.#start !== null,
    };
  }

  /** Where its time went until now. A call that came while its start was already under way waited for less than the whole of it. */
  times(now: number): PhaseTimes {
    if (this.#runsSince < 0) return { ...noTimes, queueUs: microseconds(now - this.arrivedAt) };
    const waitedUs = microseconds(this.#runsSince - this.arrivedAt);
    const runUs = microseconds(now - this.#runsSince);
    const thawUs = Math.min(this.#thawUs, waitedUs);
    if (this.#start === null) {
      return { queueUs: waitedUs - thawUs, claimUs: 0, mountUs: 0, initUs: 0, thawUs, runUs };
    }
    const initUs = Math.min(this.#start.initUs, waitedUs - thawUs);
    const mountUs = Math.min(this.#start.mountUs, waitedUs - thawUs - initUs);
    const claimUs = Math.min(this.#start.claimUs, waitedUs - thawUs - initUs - mountUs);
    return { queueUs: waitedUs - thawUs - initUs - mountUs - claimUs, claimUs, mountUs, initUs, thawUs, runUs };
  }
}

const noTimes: PhaseTimes = { queueUs: 0, claimUs: 0, mountUs: 0, initUs: 0, thawUs: 0, runUs: 0 };

/** A version's stand-in for the result of a call whose target leads nowhere; its record is never written. */
export function recordWithoutVersion(meter: CallMeter, functionId: FunctionId | null, status: number): UsageRecord {
  const { requestId, target, kind, retry } = meter.invocation;
  return {
    requestId,
    functionId: functionId ?? ("" as FunctionId), // brand: no function has this id
    namespace: target.namespace,
    name: target.name,
    version: "",
    qualifier: target.qualifier,
    form: "event",
    kind,
    startedAt: meter.startedAt,
    ...noTimes,
    durationUs: 0,
    memoryMb: 0,
    memoryBytes: 0,
    status,
    httpStatus: 0,
    bytesIn: meter.bytesIn,
    bytesOut: 0,
    networkBytesOut: 0,
    retry,
    isCold: false,
  };
}

/** Characters that are certain to hold the part of a log which an answer may have. */
const tailLength = limits.payload.logTailBytes;

/** Lines of one call, bounded; what does not fit is counted. */
export class CallLog {
  readonly lines = new EncodedLines();
  dropped = 0;
  #bytes = 0;
  #tail = "";

  add(line: LogLine): void {
    const bytes = Buffer.byteLength(line.text) + 1;
    if (this.#bytes + bytes > limits.invocationLog.bytes) {
      this.dropped++;
      return;
    }
    this.#bytes += bytes;
    this.lines.add(line);
    this.#tail += `${line.text}\n`;
    if (this.#tail.length > 4 * tailLength) this.#tail = this.#tail.slice(-tailLength);
  }

  /** The end of the text, or all of it when it is short. */
  get tail(): string {
    return this.#tail;
  }
}

/** Puts ended calls on record: the durable fact, and the text that goes with it. */
export class Recorder {
  readonly #records: Pick<RecordTable, "append">;
  readonly #logs: Pick<FunctionLogs, "recordInvocation">;

  constructor(records: Pick<RecordTable, "append">, logs: Pick<FunctionLogs, "recordInvocation">) {
    this.#records = records;
    this.#logs = logs;
  }

  /**
   * `written` runs when the record is on disk; only then may the caller see the end of its answer.
   * A call without lines and without anything to tell leaves no text.
   */
  end(record: UsageRecord, log: CallLog | null, returnMessage: string, written: () => void): void {
    if (log !== null || returnMessage !== "") {
      this.#logs.recordInvocation({
        requestId: record.requestId,
        functionId: record.functionId,
        startedAt: record.startedAt,
        lines: log?.lines ?? new EncodedLines(),
        droppedLines: log?.dropped ?? 0,
        returnMessage: cut(returnMessage),
      });
    }
    this.#records.append(record, written);
  }
}

/** At most `limits.invocationLog.messageBytes` of UTF-8, cut between characters. */
function cut(text: string): string {
  const most = limits.invocationLog.messageBytes;
  if (text.length * 3 <= most) return text;
  const bytes = Buffer.from(text.slice(0, most), "utf8");
  if (bytes.length <= most) return text.length <= most ? text : bytes.toString("utf8");
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
