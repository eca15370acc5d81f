// @ts-check

const { stringify } = JSON;
const traceDigits = 24;

/**
 * What a program is told of a call beside the event: the headers of SCF and those of AWS Lambda.
 * @param {import("../invocation.js").Invocation} invocation
 * @param {import("../../node/channel/channel.js").InitMessage["function"]} fn
 * @returns {Record<string, string>}
 */
export function invocationHeaders({ call, variables }, fn) {
  const { requestId } = call;
  const deadline = call.deadline === 0 ? Date.now() + fn.timeoutMs : call.deadline;
  /** @type {Record<string, string>} */
  const headers = {
    "Content-Type": "application/json",
    Request_Id: requestId,
    Memory_Limit_In_Mb: String(fn.memoryMb),
    Time_Limit_In_Ms: String(fn.timeoutMs),
    "Lambda-Runtime-Aws-Request-Id": requestId,
    "Lambda-Runtime-Deadline-Ms": String(deadline),
    "Lambda-Runtime-Invoked-Function-Arn": functionArn(fn),
    "Lambda-Runtime-Trace-Id": traceId(requestId),
  };
  if (variables.length > 0) headers["Lambda-Runtime-Client-Context"] = asciiJson(clientContext(variables));
  return headers;
}

/** A process's variables cannot be changed from outside: those of one call are where Lambda has such things. @param {readonly string[]} variables names and values in turn */
function clientContext(variables) {
  /** @type {Record<string, string>} */
  const env = {};
  for (let i = 0; i + 1 < variables.length; i += 2) env[variables[i] ?? ""] = variables[i + 1] ?? "";
  return { client: {}, custom: {}, env };
}

/** In the form that Lambda programs take apart: account and region are where they expect them. @param {import("../../node/channel/channel.js").InitMessage["function"]} fn */
function functionArn(fn) {
  const qualifier = fn.version === "$LATEST" ? "" : `:${fn.version}`;
  return `arn:aws:lambda:${fn.region}:${fn.appId}:function:${fn.name}${qualifier}`;
}

/** A trace id of X-Ray's form that can be found again by the request id. @param {string} requestId */
function traceId(requestId) {
  const digits = requestId
    .toLowerCase()
    .replaceAll(/[^0-9a-f]/g, "")
    .padStart(traceDigits, "0");
  const seconds = Math.floor(Date.now() / 1_000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${digits.slice(-traceDigits)};Parent=${digits.slice(-16)};Sampled=0`;
}

/** Headers are bytes: what is not ASCII is escaped. @param {unknown} value */
function asciiJson(value) {
  return stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
