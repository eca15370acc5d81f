// @ts-check

/**
 * What a request to the runtime API asks for. `isLambda`: it came by the paths of AWS Lambda, and is answered with that
 * API's codes. `requestId`: the call it is about; null where the API does not say (SCF: the one that the program has).
 * @typedef {{ kind: "ready" | "next" | "initError", isLambda: boolean }
 *   | { kind: "response" | "error", isLambda: boolean, requestId: string | null }
 *   | { kind: "unknown", isLambda: false, message: string, allowed: string | null }} Route
 */

const lambdaPrefix = "/2018-06-01";
const lambdaAnswer = /^\/runtime\/invocation\/([^/]+)\/(response|error)$/;

/** @typedef {"ready" | "next" | "initError" | "response" | "error"} Kind */
/** @type {ReadonlyMap<string, readonly [method: string, kind: Kind]>} */
const scf = new Map([
  ["/runtime/init/ready", ["POST", "ready"]],
  ["/runtime/invocation/next", ["GET", "next"]],
  ["/runtime/invocation/response", ["POST", "response"]],
  ["/runtime/invocation/error", ["POST", "error"]],
]);
/** @type {ReadonlyMap<string, readonly [method: string, kind: Kind]>} */
const lambda = new Map([
  ["/runtime/invocation/next", ["GET", "next"]],
  ["/runtime/init/error", ["POST", "initError"]],
]);

/** @param {string} method @param {string} target @returns {Route} */
export function routeOf(method, target) {
  const [path = ""] = target.split("?", 1);
  const isLambda = path.startsWith(`${lambdaPrefix}/`);
  const found = isLambda ? lambdaEntry(path.slice(lambdaPrefix.length)) : scf.get(path);
  if (found === undefined) return unknown(`${method} ${path} is not part of the runtime API`, null);
  const [allowed, kind, requestId = null] = found;
  if (method !== allowed) return unknown(`${path} takes ${allowed}, not ${method}`, allowed);
  return kind === "response" || kind === "error" ? { kind, isLambda, requestId } : { kind, isLambda };
}

/** @param {string} path @returns {readonly [method: string, kind: Kind, requestId?: string] | undefined} */
function lambdaEntry(path) {
  const [, requestId, answer] = lambdaAnswer.exec(path) ?? [];
  if (requestId === undefined) return lambda.get(path);
  return ["POST", answer === "error" ? "error" : "response", requestId];
}

/** @param {string} message @param {string | null} allowed @returns {Route} */
function unknown(message, allowed) {
  return { kind: "unknown", isLambda: false, message, allowed };
}
