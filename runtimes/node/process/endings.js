// @ts-check
import { readFileSync } from "node:fs";
import { callToBlame } from "./current-call.js";
import { failure, failureOf } from "./failure.js";

/** What is under process.exit(): not documented, there in every Node. @type {(code: number) => never} */
const realExit = Reflect.get(process, "reallyExit");

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {import("../channel/call.js").Failure} Failure */

/**
 * What becomes of calls when user code ends or breaks the process. `exit` runs nothing more of user code.
 *
 * - process.exit: every running call fails (`exit`), and the platform hears why.
 * - uncaught exception: the call it belongs to fails with it (`user`), the others with `exit`, as calls that another one took
 *   down; the process ends.
 * - unhandled rejection: the call it belongs to fails with it; the process goes on.
 * - empty event loop: calls that only their own code could move on are over.
 *
 * Listeners of user code for the first two come first: where there are any, Node does as they say.
 */
export class Endings {
  #channel;
  #onLoadingFailed;
  #flushOutput;
  #exit = realExit.bind(process);
  #isEnding = false;

  /**
   * @param {import("../channel/channel.js").Channel} channel
   * @param {(failure: Failure) => void} onLoadingFailed says INIT_FAILED
   * @param {() => void} flushOutput
   */
  constructor(channel, onLoadingFailed, flushOutput) {
    this.#channel = channel;
    this.#onLoadingFailed = onLoadingFailed;
    this.#flushOutput = flushOutput;
  }

  watch() {
    // Under process.exit(), and also reached when user code has removed the listeners of `exit`.
    Object.assign(process, {
      reallyExit: (/** @type {unknown} */ code) => this.end(typeof code === "number" ? code : 0),
    });
    process.on("uncaughtException", (error) => this.#onUncaught(error));
    process.on("unhandledRejection", (reason) => this.#onRejection(reason));
    process.on("beforeExit", () => this.#onLoopEmpty());
  }

  /** Ends the process, telling the platform of every call that dies with it. @param {number} code @returns {never} */
  end(code) {
    if (!this.#isEnding) {
      this.#isEnding = true;
      const reason = failure("exit", "ProcessExited", `process exited with code ${code}`);
      this.#channel.fail(reason);
      this.#failAll(reason);
    }
    return this.#exit(code);
  }

  /** The platform is gone: nobody wants anything of this process or of what it started. @returns {never} */
  endWithPlatform() {
    if (leadsGroup()) process.kill(-process.pid, "SIGKILL");
    return this.#exit(1);
  }

  /** Ends the process, saying nothing but what is already written, once the platform has read it. @param {number} code */
  endSilently(code) {
    this.#isEnding = true;
    this.#flushOutput();
    this.#channel.link.finish(() => this.#exit(code));
  }

  /** @param {Failure} reason */
  #failAll(reason) {
    this.#flushOutput();
    if (this.#channel.isInitializing) this.#onLoadingFailed(reason);
    for (const call of this.#channel.calls.values()) call.fail(reason);
    this.#channel.link.flushLastWords();
  }

  /** @param {unknown} error */
  #onUncaught(error) {
    if (process.listenerCount("uncaughtException") > 1) return;
    const call = callToBlame(this.#channel.calls);
    const own = failureOf("user", error);
    process.stderr.write(`Uncaught${afterAnswer(call)} ${own.stackTrace}\n`);
    const reason = call === null ? uncaught(own) : takenDown(call, own);
    // First, so that the platform gives this process no further call once an answer is out.
    this.#channel.fail(reason);
    call?.fail(own);
    this.#isEnding = true;
    this.#failAll(reason);
    this.#exit(1);
  }

  /** @param {unknown} reason */
  #onRejection(reason) {
    if (process.listenerCount("unhandledRejection") > 1) return;
    const own = failureOf("user", reason);
    const call = callToBlame(this.#channel.calls);
    process.stderr.write(`Unhandled rejection${afterAnswer(call)}: ${own.stackTrace}\n`);
    if (this.#channel.isInitializing) return this.#onLoadingFailed({ ...own, kind: "code" });
    call?.fail(own);
  }

  #onLoopEmpty() {
    if (this.#isEnding) return;
    if (this.#channel.isInitializing) {
      this.#onLoadingFailed(
        failure(
          "code",
          "NeverLoaded",
          "The handler's file never finished loading: a top-level await waits for nothing",
        ),
      );
    }
    for (const call of this.#channel.calls.values()) call.onLoopEmpty();
  }
}

/** Names a call whose own log is closed already. @param {Call | null} call */
function afterAnswer(call) {
  return call?.isOver === true ? ` (after the answer of request ${call.requestId})` : "";
}

/** Nobody knows whose it is. @param {Failure} own @returns {Failure} */
function uncaught(own) {
  return { ...own, kind: "exit", message: `process exited after an uncaught exception: ${own.message}` };
}

/** What the other calls hear: the sentence may be shown to anybody, the rest is for the owner's log. @param {Call} call @param {Failure} own */
function takenDown(call, own) {
  const reason = failure("exit", "AnotherCall", "another call ended this instance by an uncaught exception");
  return { ...reason, stackTrace: `${reason.message} (request ${call.requestId}): ${own.message}` };
}

/** Whether a process group is this process's own. */
function leadsGroup() {
  try {
    const [, group] = /\) \S (?:\d+) (\d+)/.exec(readFileSync("/proc/self/stat", "latin1")) ?? [];
    return Number(group) === process.pid;
  } catch {
    return false; // no /proc: not Linux
  }
}
