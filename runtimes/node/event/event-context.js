// @ts-check

const { now } = Date;
const { max } = Math;
const { stringify } = JSON;
const { entries } = Object;

/**
 * `context` of an event handler: the fields of SCF, and what older handlers end a call with.
 * The methods may be taken out of it (`const { succeed } = context`).
 */
export class EventContext {
  #call;
  #answer;

  /**
   * @param {import("../channel/call.js").Call} call
   * @param {ContextFields} fields
   * @param {(error: unknown, result?: unknown) => void} answer
   */
  constructor(call, fields, answer) {
    this.#call = call;
    this.#answer = answer;
    /** Kept for handlers that set it: an answer is always sent at once, and the rest of the loop goes on. */
    this.callbackWaitsForEmptyEventLoop = false;
    this.memory_limit_in_mb = fields.memory_limit_in_mb;
    this.time_limit_in_ms = fields.time_limit_in_ms;
    this.request_id = call.requestId;
    this.environment = fields.environment;
    this.environ = fields.environ;
    this.function_version = fields.function_version;
    this.function_name = fields.function_name;
    this.namespace = fields.namespace;
    this.tencentcloud_region = fields.tencentcloud_region;
    this.tencentcloud_appid = fields.tencentcloud_appid;
    this.tencentcloud_uin = fields.tencentcloud_uin;
  }

  /** Milliseconds until the call is ended; 0 when it is late. */
  get getRemainingTimeInMillis() {
    return () => max(0, (this.#call.deadline === 0 ? Infinity : this.#call.deadline) - now());
  }

  get done() {
    return this.#answer;
  }

  get succeed() {
    return /** @param {unknown} [result] */ (result) => this.#answer(null, result);
  }

  get fail() {
    return /** @param {unknown} [error] */ (error) => this.#answer(error ?? new Error("context.fail() was called"));
  }

  get getContext() {
    return () => this;
  }
}

/** @typedef {ReturnType<typeof contextFields>} ContextFields */

/**
 * What is the same in every context of a function.
 * @param {import("../channel/channel.js").InitMessage} init @param {Record<string, string>} environment
 */
export function contextFields(init, environment) {
  const { function: fn } = init;
  return {
    memory_limit_in_mb: fn.memoryMb,
    time_limit_in_ms: fn.timeoutMs,
    environment: stringify(environment),
    environ: entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join(";"),
    function_version: fn.version,
    function_name: fn.name,
    namespace: fn.namespace,
    tencentcloud_region: fn.region,
    tencentcloud_appid: fn.appId,
    tencentcloud_uin: fn.uin,
  };
}
