import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { continueTrace, newRequestId, traceVariables, type FunctionId, type UsageRecord } from "../../../core/index.ts";
import { EncodedLines } from "../../../store/index.ts";
import { openControl, zipOf, type OpenedControl } from "../../opened-control.suite.ts";
import { formatTime, parseTime } from "../time.ts";
import { tailOf } from "./log-text.ts";

let opened: OpenedControl;
let functionId: FunctionId;

before(async () => {
  opened = await openControl();
  await opened.deploy("echo");
  functionId = (await opened.store.functions.find("default", "echo"))?.functionId ?? functionId;
});
beforeEach(() => {
  opened.run = async (run) => ({ body: run.payload });
});
after(() => opened[Symbol.asyncDispose]());

/** A call that ended, as the scheduler writes it. */
async function record(over: Partial<UsageRecord> & { text?: string; returned?: string }): Promise<UsageRecord> {
  const { text, returned = "", ...fields } = over;
  const ended: UsageRecord = {
    requestId: newRequestId(),
    functionId,
    namespace: "default",
    name: "echo",
    version: "$LATEST",
    qualifier: "$LATEST",
    form: "event",
    kind: "sync",
    startedAt: Date.now(),
    durationUs: 123_456,
    queueUs: 0,
    claimUs: 0,
    mountUs: 0,
    initUs: 0,
    thawUs: 0,
    runUs: 123_456,
    memoryMb: 128,
    memoryBytes: 2 * 1024 * 1024,
    status: 200,
    httpStatus: 0,
    bytesIn: 2,
    bytesOut: 2,
    networkBytesOut: 0,
    retry: 0,
    isCold: false,
    ...fields,
  };
  await new Promise<void>((resolve) => {
    opened.store.records.append(ended, resolve);
  });
  const lines = text === undefined ? [] : [{ at: ended.startedAt, stream: "stdout" as const, text }];
  await opened.store.records.insertLogs([
    {
      functionId: ended.functionId,
      requestId: ended.requestId,
      instanceId: null,
      version: ended.version,
      at: ended.startedAt,
      lines: EncodedLines.of(lines),
      droppedLines: 0,
      returnMessage: returned,
    },
  ]);
  return ended;
}

const logs = async (fields: object = {}) => {
  const reply = await opened.ok("GetFunctionLogs", { FunctionName: "echo", ...fields });
  return { total: Number(reply["TotalCount"]), data: Object(reply["Data"]) as Record<string, unknown>[] }; // as documented
};

const logsCode = (fields: object) => opened.code("GetFunctionLogs", { FunctionName: "echo", ...fields });
const ids = (found: { data: Record<string, unknown>[] }) => found.data.map((entry) => entry["RequestId"]);
/** JSON text of so many bytes. */
const large = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));

describe("Invoke and InvokeFunction", () => {
  it("run the function and tell how that went", async () => {
    const told: string[] = [];
    opened.run = async ({ variables }) => {
      told.push(...Object.keys(variables));
      return { body: '"hi"', log: "line\n", durationUs: 1_826 };
    };
    const reply = Object(
      await opened.ok("Invoke", { FunctionName: "echo", ClientContext: '{"a":1}', LogType: "Tail" }),
    );
    const { Log: log, ...result } = reply.Result;
    assert.deepEqual(result, {
      RetMsg: '"hi"',
      ErrMsg: "",
      MemUsage: 14_000_000,
      Duration: 1.826,
      BillDuration: 100,
      FunctionRequestId: reply.RequestId,
      InvokeResult: 0,
    });
    assert.match(
      log,
      /^START RequestId: .*\nline\nEND RequestId: .*\nReport RequestId: .* Duration:1.826ms Memory:128MB MemUsage:/,
    );
    assert.deepEqual(told, ["TRACEPARENT"]);
  });

  it("have their own default versions, and an empty object as default event", async () => {
    const seen: string[] = [];
    opened.run = async (run) => {
      seen.push(`${run.target.qualifier} ${run.payload} ${JSON.stringify(run.target.routingKey)}`);
      return {};
    };
    await opened.ok("Invoke", { FunctionName: "echo" });
    await opened.ok("InvokeFunction", { FunctionName: "echo", Event: "[1]", RoutingKey: '{"User":"a"}' });
    assert.deepEqual(seen, ["$LATEST {} undefined", '$DEFAULT [1] {"User":"a"}']);
  });

  it("tell a failing function in the result, not as an error of the API", async () => {
    opened.run = async () => ({ status: 433, body: '{"statusCode":433}', errorMessage: "timed out" });
    const { Result: result } = Object(await opened.ok("InvokeFunction", { FunctionName: "echo" }));
    assert.deepEqual([result.InvokeResult, result.ErrMsg, result.RetMsg], [-1, "timed out", '{"statusCode":433}']);
  });

  it("refuse events that are not JSON or too large, each with its own code", async () => {
    const invoke = (fields: object) => opened.code("Invoke", { FunctionName: "echo", ...fields });
    assert.equal(await invoke({ ClientContext: "{" }), "InvalidParameterValue.ClientContext");
    assert.equal(await invoke({ ClientContext: { a: 1 } }), "InvalidParameter");
    assert.equal(await opened.code("InvokeFunction", { FunctionName: "echo", Event: "x" }), "InvalidParameter.Payload");
    assert.equal(await invoke({ ClientContext: large(6 * 2 ** 20 + 1) }), "InvalidParameter.RequestTooLarge");
    assert.equal(await invoke({ ClientContext: large(6 * 2 ** 20) }), "");
    assert.equal(
      await invoke({ ClientContext: large(128 * 1024 + 1), InvocationType: "Event" }),
      "InvalidParameter.RequestTooLarge",
    );
    assert.equal(await invoke({ InvocationType: "Later" }), "InvalidParameterValue.InvokeType");
    assert.equal(await invoke({ RoutingKey: "[1]" }), "InvalidParameterValue.Param");
    assert.equal(await invoke({ RoutingKey: JSON.stringify({ a: "x".repeat(1024) }) }), "InvalidParameterValue.Param");
  });

  it("say why nothing was run: no function, no version, not ready, not an event function", async () => {
    opened.run = async () => ({ status: 435 });
    assert.equal(await opened.code("Invoke", { FunctionName: "nobody" }), "ResourceNotFound.FunctionName");
    assert.equal(await opened.code("Invoke", { FunctionName: "nobody", Namespace: "n" }), "ResourceNotFound.Namespace");
    opened.run = async () => ({ status: 442 });
    assert.equal(await opened.code("Invoke", { FunctionName: "echo", Qualifier: "7" }), "ResourceNotFound.Qualifier");
    await opened.deploy("web", { Type: "HTTP", Code: { ZipFile: await zipOf({ "index.js": "" }) } });
    opened.run = async () => ({ status: 436 });
    const { Error: error } = await opened.call("Invoke", { FunctionName: "web" });
    assert.equal(error?.Code, "UnsupportedOperation");
    assert.match(error.Message, /http:\/\/127\.0\.0\.1:4878\/~default\/web\/ or its domain web-/);
    assert.equal(await opened.code("Invoke", { FunctionName: "web", InvocationType: "Event" }), "UnsupportedOperation");
  });

  it("accept an asynchronous event durably, and tell where it stands", async () => {
    const event = { FunctionName: "echo", InvocationType: "Event", ClientContext: '{"n":1}' };
    const trace = continueTrace(null);
    const { Result: result } = Object(await opened.call("Invoke", event, { trace }));
    const status = async () =>
      Object(await opened.ok("GetRequestStatus", { FunctionName: "echo", FunctionRequestId: result.FunctionRequestId }))
        .Data;
    assert.deepEqual([(await status())[0].RetCode, (await status())[0].RetryNum], [1, 0]);
    const [claimed] = await opened.store.events.claim(10, 60_000);
    assert.equal(claimed?.payload, '{"n":1}');
    assert.deepEqual(claimed?.variables, traceVariables(trace), "it is delivered as a part of its caller's trace");
    assert.equal((await status())[0].RetCode, 1);
    await record({ requestId: result.FunctionRequestId, kind: "async", returned: "done" });
    await opened.store.events.finish(result.FunctionRequestId, { kind: "done", status: 200, message: "" });
    const [ended] = await status();
    assert.deepEqual([ended.RetCode, ended.RetMsg, ended.MemUsage, ended.Duration], [0, "done", 2, 123.456]);
    assert.equal(await opened.code("Invoke", { ...event, Qualifier: "9" }), "ResourceNotFound.Qualifier");
  });
});

describe("GetFunctionLogs", () => {
  it("finds a call at once, with the text around its lines", async () => {
    const ended = await record({
      text: "hello\n",
      returned: '"hi"',
      isCold: true,
      initUs: 9_000,
      claimUs: 2_500,
      mountUs: 700,
      thawUs: 40,
      queueUs: 20,
    });
    const { total, data } = await logs({ FunctionRequestId: ended.requestId });
    assert.equal(total, 1);
    const [entry] = data;
    assert.deepEqual(
      [entry?.["RetMsg"], entry?.["RetCode"], entry?.["BillDuration"], entry?.["Source"]],
      ['"hi"', 0, 200, "invocation"],
    );
    const id = ended.requestId;
    assert.equal(
      entry?.["Log"],
      `START RequestId: ${id}\nInit Report RequestId: ${id} Claim:2.5ms Mount:0.7ms InitDuration:9ms\nhello\nEND RequestId: ${id}\n` +
        `Report RequestId: ${id} Duration:123.456ms Memory:128MB MemUsage:2.000000MB Queue:0.02ms Thaw:0.04ms Run:123.456ms\n`,
    );
    assert.deepEqual(entry?.["Phases"], { Queue: 0.02, Claim: 2.5, Mount: 0.7, Init: 9, Thaw: 0.04, Run: 123.456 });
  });

  it("filters by how calls ended, sorts and pages", async () => {
    const failed = await record({ status: 433, returned: "timed out", durationUs: 5_000_000 });
    assert.deepEqual(ids(await logs({ Filter: { RetCode: "TimeLimitExceeded" } })), [failed.requestId]);
    assert.ok(!ids(await logs({ Filter: { RetCode: "is0" } })).includes(failed.requestId));
    assert.equal(ids(await logs({ OrderBy: "duration", Limit: 1 }))[0], failed.requestId);
    const whole = await logs({ Order: "asc" });
    assert.deepEqual(ids(await logs({ Order: "asc", Offset: 1, Limit: 1 })), ids(whole).slice(1, 2));
  });

  it("tells what instances printed between calls, among the calls by time", async () => {
    await opened.store.records.insertLogs([
      {
        functionId,
        requestId: null,
        instanceId: "box-1",
        version: "$LATEST",
        at: Date.now(),
        lines: EncodedLines.of([{ at: Date.now(), stream: "stderr", text: "listening\n" }]),
        droppedLines: 0,
        returnMessage: "",
      },
    ]);
    const { data } = await logs();
    const [newest] = data;
    assert.deepEqual([newest?.["Source"], newest?.["Log"]], ["instance", "listening\n"]);
    const ofOne = await logs({ FunctionRequestId: String(data[1]?.["RequestId"]) });
    assert.deepEqual(
      ofOne.data.map((entry) => entry["Source"]),
      ["invocation"],
    );
    assert.equal((await logs({ Offset: 1, Limit: 1 })).data[0]?.["RequestId"], data[1]?.["RequestId"]);
  });

  it("leaves text out where the logs of one reply would be over 8 MB", async () => {
    const startedAt = Date.now() - 3_600_000;
    for (let n = 0; n < 10; n++) await record({ startedAt: startedAt + n, text: "x".repeat(1_000_000) });
    const window = { StartTime: formatTime(startedAt - 1_000), EndTime: formatTime(startedAt + 1_000) };
    const { data } = await logs(window);
    const lengths = data.map((entry) => String(entry["Log"]).length);
    assert.equal(lengths.length, 10);
    assert.equal(lengths.filter((length) => length > 1_000_000).length, 8);
    assert.match(String(data[9]?.["Log"]), /ask for this call with FunctionRequestId/);
  });

  it("refuses windows over a day, wrong times, and pages beyond 10000", async () => {
    const window = { StartTime: "2026-01-01 00:00:00", EndTime: "2026-01-02 00:00:01" };
    assert.equal(await logsCode(window), "InvalidParameterValue.StartTimeOrEndTime");
    assert.equal(await logsCode({ StartTime: "2026-02-30 00:00:00" }), "InvalidParameterValue.DateTime");
    assert.equal(await logsCode({ Offset: 9_999, Limit: 2 }), "InvalidParameterValue.Limit");
    assert.equal(await logsCode({ Filter: { RetCode: "odd" } }), "InvalidParameterValue.RetCode");
  });
});

describe("texts of the API", () => {
  it("have times in Asia/Shanghai", () => {
    assert.equal(formatTime(Date.UTC(2026, 0, 1, 20)), "2026-01-02 04:00:00");
    assert.equal(parseTime("2026-01-02 04:00:00"), Date.UTC(2026, 0, 1, 20));
    assert.equal(parseTime("2026-1-2 4:00:00"), null);
  });

  it("have tails that begin with a whole character", () => {
    assert.equal(tailOf("日本語", 7), "本語");
    assert.equal(tailOf("abc", 7), "abc");
  });
});
