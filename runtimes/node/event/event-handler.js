// @ts-check
import { sliceUtf8, utf8Length } from "../channel/frames.js";
import { currentCall } from "../process/current-call.js";
import { failure, failureOf } from "../process/failure.js";
import { contextFields, EventContext } from "./event-context.js";

const { parse, stringify } = JSON;
const { assign } = Object;
const textOf = Function.prototype.call.bind(Function.prototype.toString);
/** Parameters of a handler that takes a callback. */
const withCallback = 3;

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {(event: unknown, context: EventContext, callback: (error: unknown, result?: unknown) => void) => unknown} Handler */

/**
 * How calls of an event function are answered.
 *
 * waiting for the event → handler runs → answered by its result, its promise, the callback or `context.done`: the first
 * of them counts, and is sent at once; what the handler left in the event loop goes on.
 * @param {Handler} handler @param {import("../channel/channel.js").InitMessage} init
 * @returns {(call: Call) => void}
 */
export function eventHandler(handler, init) {
  const fields = contextFields(init, init.environment);
  const answersLater = mayAnswerLater(handler);
  return (call) => {
    if (call.body.isComplete) new EventRun(call, handler, init, fields, answersLater).start(call.body.wholeNow());
    else void call.body.whole().then((body) => new EventRun(call, handler, init, fields, answersLater).start(body));
  };
}

/** One call of an event handler. */
class EventRun {
  #call;
  #handler;
  #init;
  #fields;
  #answersLater;
  /** The handler returned a promise. */
  #isPromised = false;
  /** Variables of this call, and what they were before. @type {[string, string | undefined][]} */
  #replaced = [];
  #answer = (/** @type {unknown} */ error, /** @type {unknown} */ result) => {
    if (error === null || error === undefined) this.#succeed(result);
    else this.#fail(error);
  };

  /**
   * @param {Call} call @param {Handler} handler @param {import("../channel/channel.js").InitMessage} init
   * @param {import("./event-context.js").ContextFields} fields @param {boolean} answersLater
   */
  constructor(call, handler, init, fields, answersLater) {
    this.#call = call;
    this.#handler = handler;
    this.#init = init;
    this.#fields = fields;
    this.#answersLater = answersLater;
  }

  /** @param {Buffer} body */
  start(body) {
    /** @type {unknown} */
    let event;
    try {
      event = body.length === 0 ? {} : parse(sliceUtf8(body, 0, body.length));
    } catch (error) {
      return this.#call.fail(
        failure("user", "InvalidEvent", `The event is not JSON: ${/** @type {Error} */ (error).message}`),
      );
    }
    this.#call.onLoopEmpty = () => this.#endLoop();
    currentCall.run(this.#call, () => this.#run(event));
  }

  /** @param {unknown} event */
  #run(event) {
    try {
      const context = new EventContext(this.#call, this.#setVariables(), this.#answer);
      const result = this.#handler(event, context, this.#answer);
      if (isThenable(result)) void this.#settle(result);
      else if (result !== undefined || !this.#answersLater) this.#succeed(result);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} promise */
  async #settle(promise) {
    this.#isPromised = true;
    try {
      this.#succeed(await promise);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} result */
  #succeed(result) {
    const call = this.#call;
    if (call.isOver) return;
    this.#restoreVariables();
    let text;
    try {
      text = stringify(result) ?? "null";
    } catch (error) {
      return call.fail({
        ...failureOf("bad-result", error),
        message: `The result is not JSON: ${/** @type {Error} */ (error)?.message}`,
      });
    }
    if (text.length * 3 > this.#init.maxResultBytes && utf8Length(text) > this.#init.maxResultBytes) {
      return call.fail(failure("result-too-large", "ResponseTooLarge", "body size is too long"));
    }
    call.write(text);
    call.end(null);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#call.isOver) return;
    this.#restoreVariables();
    this.#call.fail(failureOf("user", error));
  }

  /** Nothing is left that could answer. */
  #endLoop() {
    if (this.#answersLater && this.#handler.length < withCallback && !this.#isPromised) return this.#succeed(undefined);
    this.#restoreVariables();
    this.#call.fail(
      failure(
        "exit",
        "NoAnswer",
        "The handler never answered: it neither returned, called back nor settled its promise, and its event loop is empty",
      ),
    );
  }

  /** Variables that hold for this call alone; gives the context's fields with them. */
  #setVariables() {
    const { strings } = this.#call;
    if (strings.length < 3) return this.#fields;
    const environment = assign({}, this.#init.environment);
    for (let i = 1; i + 1 < strings.length; i += 2) {
      const name = /** @type {string} */ (strings[i]); // below length
      environment[name] = strings[i + 1] ?? "";
      this.#replaced.push([name, process.env[name]]);
      process.env[name] = strings[i + 1] ?? "";
    }
    return contextFields(this.#init, environment);
  }

  #restoreVariables() {
    for (const [name, value] of this.#replaced) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    this.#replaced = [];
  }
}

/** @param {unknown} value */
function isThenable(value) {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (/** @type {{ then?: unknown }} */ (value).then) === "function"
  );
}

/**
 * Whether a handler that returned nothing may still call back. One of fewer than three parameters has answered `null`,
 * unless its text says that it takes them otherwise or uses the old methods of the context.
 * @param {Handler} handler
 */
function mayAnswerLater(handler) {
  return handler.length >= withCallback || /\barguments\b|\.\.\.|[.{,]\s*(?:done|succeed|fail)\b/.test(textOf(handler));
}
