// @ts-check

/** @typedef {import("./gob-writer.js").GobStruct} GobStruct */

/** @type {GobStruct} */
export const pingRequest = { id: 66, name: "PingRequest", fields: [] };

/** @type {GobStruct} */
const timestamp = {
  id: 68,
  name: "InvokeRequest_Timestamp",
  fields: [
    ["Seconds", "int"],
    ["Nanos", "int"],
  ],
};

/** Fields that an older library does not know, it ignores. @type {GobStruct} */
export const invokeRequest = {
  id: 67,
  name: "InvokeRequest",
  fields: [
    ["Payload", "bytes"],
    ["RequestId", "string"],
    ["TraceId", "string"],
    ["Deadline", timestamp],
    ["InvokedFunctionUnique", "string"],
    ["ClientContext", "bytes"],
    ["Namespace", "string"],
    ["FunctionName", "string"],
    ["FunctionVersion", "string"],
    ["MemoryLimitInMb", "int"],
    ["TimeLimitInMs", "int"],
    ["Environment", "string"],
    ["TencentcloudRegion", "string"],
    ["TencentcloudAppID", "string"],
    ["TencentcloudUin", "string"],
    ["FunctionTrace", "string"],
  ],
};

/**
 * The argument of `Function.Invoke`.
 * @param {import("../invocation.js").Invocation} invocation
 * @param {import("../../node/channel/channel.js").InitMessage["function"]} fn
 * @param {Readonly<Record<string, string>>} environment of this call
 */
export function invokeArgument({ call, event }, fn, environment) {
  const deadline = call.deadline === 0 ? Date.now() + fn.timeoutMs : call.deadline;
  const seconds = Math.floor(deadline / 1_000);
  return {
    Payload: event,
    RequestId: call.requestId,
    TraceId: call.requestId,
    Deadline: { Seconds: seconds, Nanos: Math.round((deadline - seconds * 1_000) * 1_000_000) },
    InvokedFunctionUnique: `qcs::scf:${fn.region}:uin/${fn.uin}:namespace/${fn.namespace}/function/${fn.name}`,
    ClientContext: Buffer.alloc(0),
    Namespace: fn.namespace,
    FunctionName: fn.name,
    FunctionVersion: fn.version,
    MemoryLimitInMb: fn.memoryMb,
    TimeLimitInMs: fn.timeoutMs,
    Environment: JSON.stringify(environment),
    TencentcloudRegion: fn.region,
    TencentcloudAppID: fn.appId,
    TencentcloudUin: fn.uin,
    FunctionTrace: "",
  };
}
