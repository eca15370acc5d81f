// @ts-check
import { Channel } from "./channel/channel.js";
import { frameType } from "./channel/frames.js";
import { eventHandler } from "./event/event-handler.js";
import { Link } from "./channel/link.js";
import { loadHandler } from "./handler/load-handler.js";
import { runInCall } from "./process/current-call.js";
import { Endings } from "./process/endings.js";
import { enterEnvironment } from "./process/environment.js";
import { failure, failureOf } from "./process/failure.js";
import { redirectOutput } from "./process/output.js";
import { warmUp } from "./process/warm-up.js";

/** @typedef {import("./channel/call.js").Call} Call */
/** @typedef {import("./channel/call.js").Failure} Failure */
/** @typedef {import("./channel/channel.js").InitMessage} InitMessage */

/**
 * The Node runtime of one sandbox.
 *
 * ready → (PREPARE) preparing → (INIT) loading → serving | failed; (STOP) stopping → ended
 */
export class NodeRuntime {
  /** @type {((call: Call) => void) | null} */
  #answer = null;
  /** INIT has come, or what it will say. */
  #isAssigned = false;
  /** @type {Promise<void> | null} */
  #prepared = null;
  #isStopping = false;
  #channel;
  #output;
  #endings;

  /** @param {number} fd the channel's descriptor */
  constructor(fd) {
    this.#channel = new Channel((sink) => new Link(fd, sink), {
      onPrepare: (message) => this.#prepare(message),
      onInit: (message) => void this.#load(message),
      onCall: (call) => this.#take(call),
      onStop: (graceMs) => this.#stop(graceMs),
      onClose: () => this.#endings.endWithPlatform(),
    });
    this.#channel.inCall = runInCall;
    this.#output = redirectOutput(this.#channel);
    this.#endings = new Endings(
      this.#channel,
      (reason) => this.#failLoading(reason),
      () => this.#output.flush(),
    );
  }

  start() {
    this.#endings.watch();
    const { node: version } = process.versions;
    this.#channel.send(frameType.ready, 0, { protocol: 1, runtime: "node", version, prepares: true });
    this.#channel.link.flush();
    setImmediate(() => void warmUp(() => this.#isAssigned));
  }

  /** The code is not there yet. @param {InitMessage} init */
  #prepare(init) {
    this.#isAssigned = true;
    this.#prepared = prepareFor(init);
    this.#prepared.catch(() => {}); // whoever loads waits for it
  }

  /** @param {InitMessage} init */
  async #load(init) {
    if (this.#prepared === null) this.#prepare(init);
    this.#channel.isInitializing = true;
    this.#channel.updateRef();
    try {
      await this.#prepared;
      process.chdir(init.codeRoot);
      const isEvent = init.form === "event";
      const { codeRoot, handler, isOverlaid = false } = init;
      const options = { defaultName: isEvent ? null : "default", isBundled: isOverlaid };
      const found = await loadHandler(codeRoot, handler, options);
      if (found.kind === "missing") return this.#failLoading(found.failure);
      this.#answer = await answererOf(found.value, init);
      if (this.#answer === null) return this.#failLoading(notCallable(init));
    } catch (error) {
      return this.#failLoading(failureOf("code", error));
    }
    if (!this.#channel.isInitializing) return; // failed meanwhile
    this.#output.flush();
    this.#endLoading();
    this.#channel.initialized({ handler: init.form });
  }

  /** @param {Failure} reason */
  #failLoading(reason) {
    if (!this.#channel.isInitializing) return;
    this.#output.flush();
    this.#endLoading();
    this.#channel.send(frameType.initFailed, 0, reason);
  }

  #endLoading() {
    this.#channel.isInitializing = false;
    this.#channel.updateRef();
  }

  /** @param {Call} call */
  #take(call) {
    if (this.#isStopping)
      return call.fail(failure("exit", "Stopping", "the sandbox is stopping and takes no more calls"));
    try {
      this.#answer?.(call);
    } catch (error) {
      call.fail(failureOf("user", error));
    }
  }

  /** @param {number} graceMs */
  #stop(graceMs) {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const late = setTimeout(() => this.#endings.end(0), graceMs);
    const next = () => {
      if (this.#channel.calls.size > 0) return;
      this.#channel.onOver = () => {};
      if (process.listenerCount("SIGTERM") === 0) return this.#endings.endSilently(0);
      // Its own listeners may need a moment; then the loop is empty, or they exit, or the grace is over.
      late.unref();
      this.#channel.link.unref();
      process.once("beforeExit", () => this.#endings.endSilently(0));
      process.emit("SIGTERM", "SIGTERM");
    };
    this.#channel.onOver = next;
    next();
  }
}

/** All that can be done for a function before its code is there. @param {InitMessage} init */
async function prepareFor(init) {
  enterEnvironment(init);
  if (init.layersRoot !== undefined) {
    (await import("./handler/layer-modules.js")).importFromLayers(init.layersRoot);
  }
  if (init.form !== "event") (await import("./web/web-globals.js")).installWebGlobals();
}

/**
 * @param {unknown} handler @param {InitMessage} init
 * @returns {Promise<((call: Call) => void) | null>}
 */
async function answererOf(handler, init) {
  if (init.form === "event") {
    return typeof handler === "function" ? eventHandler(/** @type {any} */ (handler), init) : null; // user code: any function
  }
  const { httpHandler } = await import("./handler/http-handler.js");
  return httpHandler(handler);
}

/** @param {InitMessage} init */
function notCallable({ form, handler }) {
  const wanted =
    form === "event" ? "a function" : "a function, an object with fetch(), or an Express or Koa application";
  return failure("handler-missing", "HandlerNotFound", `Handler "${handler}" is there, but is not ${wanted}`);
}
