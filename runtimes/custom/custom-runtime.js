// @ts-check
import { Channel } from "../node/channel/channel.js";
import { frameType } from "../node/channel/frames.js";
import { Link } from "../node/channel/link.js";
import { userEnvironment } from "../node/process/environment.js";
import { failure } from "../node/process/failure.js";
import { ChildProgram, sayExit, withOutput } from "../service/child-program.js";
import { OutputLines } from "../service/output-lines.js";
import { RuntimeApi } from "./api/runtime-api.js";
import { GoFunction } from "./go/go-function.js";
import { Invocation } from "./invocation.js";
import { lambdaEnvironment } from "./lambda-environment.js";
import { isGo, programCommand } from "./program-command.js";

/** What a program has for its own SIGTERM at the end of a grace that a call used up, at most. */
const longestFarewellMs = 1_000;
/** The platform ends a start that takes too long; what is known here is said a little before. */
const sayBeforeMs = 300;

/** @typedef {import("../node/channel/call.js").Call} Call */
/** @typedef {import("../node/channel/call.js").Failure} Failure */
/** @typedef {import("../node/channel/channel.js").InitMessage} InitMessage */

/**
 * @typedef {object} Door How calls reach the program.
 * @property {Record<string, string>} variables by which the program finds it
 * @property {(gone: AbortSignal) => Promise<Failure | null>} opened a program starts: null when it takes calls
 * @property {(invocation: Invocation) => void} give
 */

/** @typedef {{ init: InitMessage, command: import("./program-command.js").Command, door: Door }} Assignment */

/**
 * The runtime of programs in any language: starts one, and gives it a call at a time.
 *
 * ready → (INIT) starting → serving → (the program ends, with a call or before it had any) ended
 *              ↓ INIT_FAILED: failed
 * serving → (the program ends between two calls, or broke) dormant → (a call) restarting → serving | ended
 * STOP: the call ends, SIGTERM, grace, SIGKILL, ended
 */
export class CustomRuntime {
  #channel;
  #output;
  #api = new RuntimeApi();
  /** @type {"ready" | "starting" | "serving" | "dormant" | "restarting" | "failed" | "ended"} */
  #state = "ready";
  #isStopping = false;
  /** @type {Assignment | null} */
  #assignment = null;
  /** @type {ChildProgram | null} */
  #program = null;
  /** The end of the last program that was given up. @type {Promise<unknown> | undefined} */
  #discarded;
  /** The call under way. @type {Call | null} */
  #call = null;
  /** The same, once its event is complete. @type {Invocation | null} */
  #invocation = null;
  /** The program, since it was started, has answered a call. */
  #hasServed = false;
  #onFree = () => {};

  /** @param {number} fd the channel's descriptor */
  constructor(fd) {
    this.#channel = new Channel((sink) => new Link(fd, sink), {
      onInit: (message) => void this.#initialize(message),
      onCall: (call) => void this.#take(call),
      onStop: (graceMs) => void this.#stop(graceMs),
      onClose: () => {
        this.#program?.signal("SIGKILL");
        process.exit(1);
      },
    });
    this.#output = new OutputLines(this.#channel);
    this.#output.callId = () => (this.#invocation?.isGiven === true ? this.#invocation.call.id : 0);
  }

  async start() {
    // A signal to the process group is for the program; this process ends when the platform says so.
    process.on("SIGTERM", () => undefined);
    process.on("SIGINT", () => undefined);
    await this.#api.listen();
    this.#channel.send(frameType.ready, 0, { protocol: 1, runtime: "custom", version: process.versions.node });
  }

  /** @param {InitMessage} init */
  async #initialize(init) {
    this.#state = "starting";
    const command = programCommand(init);
    if (command.kind === "impossible") return this.#failStart(command.failure);
    const assignment = { init, command, door: await this.#doorFor(init) };
    this.#assignment = assignment;
    const late = setTimeout(
      () => this.#output.say(`${command.name} has not taken a call yet, and InitTimeout is near: ${hint(init)}`),
      init.initTimeoutMs - Math.min(sayBeforeMs, init.initTimeoutMs / 2),
    );
    const reason = await this.#run(assignment);
    clearTimeout(late);
    if (this.#isStopping || this.#state !== "starting") return;
    if (reason !== null) return this.#failStart(reason);
    this.#state = "serving";
    this.#channel.initialized({ handler: "event" });
  }

  /** @param {InitMessage} init @returns {Promise<Door>} */
  async #doorFor(init) {
    this.#api.assign(init);
    if (!isGo(init.environment)) return this.#api;
    const door = new GoFunction(init, () => this.#discard());
    await door.listen();
    return door;
  }

  /**
   * Starts the program. Resolves when it takes calls (null), or with its own reason for not taking any; when it ends,
   * that is seen to elsewhere.
   * @param {Assignment} assignment @returns {Promise<Failure | null>}
   */
  #run(assignment) {
    const { init, command, door } = assignment;
    const gone = new AbortController();
    const opened = door.opened(gone.signal);
    const program = new ChildProgram(command, { cwd: init.codeRoot, env: environmentFor(init, door) }, this.#output);
    this.#program = program;
    this.#hasServed = false;
    void program.ended.then((exit) => {
      gone.abort();
      if (program === this.#program) void this.#programEnded(assignment, exit);
    });
    return opened;
  }

  /** @param {Failure} reason */
  #failStart(reason) {
    this.#state = "failed";
    this.#program?.signal("SIGKILL");
    this.#channel.send(frameType.initFailed, 0, reason);
  }

  /** @param {Assignment} assignment @param {import("../service/child-program.js").Exit} exit */
  async #programEnded({ command, init }, exit) {
    if (this.#isStopping || this.#state === "failed" || this.#state === "ended") return;
    const { isGiven = false, isAnswered = false } = this.#invocation ?? {};
    if (this.#state === "serving" && (isAnswered || (this.#hasServed && !isGiven))) {
      this.#output.say(`${command.name} ${sayExit(exit)}; it is started again for the next call`);
      return this.#discard();
    }
    const when = this.#state === "serving" ? "" : `, before it took a call: ${hint(init)}`;
    const reason = failure("exit", "ProcessExited", `${command.name} ${sayExit(exit)}${when}`);
    await this.#end(withOutput(reason, this.#output.last), exit.code ?? 1);
  }

  /** The program must get no further call; the next one gets a new program. */
  #discard() {
    this.#state = "dormant";
    this.#program?.signal("SIGKILL");
    this.#discarded = this.#program?.ended;
    this.#program = null;
    if (this.#call !== null && this.#invocation?.isGiven !== true) void this.#restart();
  }

  async #restart() {
    if (this.#assignment === null) return;
    this.#state = "restarting";
    await this.#discarded;
    if (this.#isStopping) return;
    const reason = await this.#run(this.#assignment);
    if (this.#isStopping || this.#state !== "restarting") return;
    if (reason !== null) return this.#end(reason, 1);
    this.#state = "serving";
    if (this.#invocation !== null) this.#assignment.door.give(this.#invocation);
  }

  /** @param {Call} call */
  async #take(call) {
    if (this.#isStopping)
      return call.fail(failure("exit", "Stopping", "the sandbox is stopping and takes no more calls"));
    if (this.#state === "ended") return call.fail(failure("exit", "ProcessExited", "the program has ended"));
    if (this.#call !== null)
      return call.fail(failure("exit", "Busy", "a second call: the program takes one at a time"));
    this.#call = call;
    call.onOver = () => this.#callIsOver();
    call.onCancel = () => this.#withdraw(call);
    if (this.#state === "dormant") void this.#restart();
    try {
      const event = await call.body.whole();
      if (!call.isOver) this.#give(call, event);
    } catch {
      this.#withdraw(call); // its caller went before the event was complete
    }
  }

  /** @param {Call} call @param {Buffer} event */
  #give(call, event) {
    if (this.#assignment === null) return;
    const { init, door } = this.#assignment;
    this.#invocation = new Invocation(call, event, this.#output, init.maxResultBytes);
    if (this.#state === "serving") door.give(this.#invocation);
  }

  /** A call that the program has goes on: it cannot be told. @param {Call} call */
  #withdraw(call) {
    if (this.#invocation?.isGiven === true) return;
    call.fail(failure("user", "Canceled", "the call was cancelled before the program asked for it"));
  }

  #callIsOver() {
    if (this.#invocation?.isGiven === true) this.#hasServed = true;
    this.#call = null;
    this.#invocation = null;
    this.#onFree();
  }

  /** Resolves when no call is under way. @returns {Promise<void>} */
  #free() {
    return new Promise((resolve) => {
      this.#onFree = resolve;
      if (this.#call === null) resolve();
    });
  }

  /** @param {Failure} reason @param {number} code */
  async #end(reason, code) {
    if (this.#state === "ended") return;
    const wasStarting = this.#state === "starting";
    this.#state = "ended";
    this.#channel.fail(reason);
    this.#program?.signal("SIGKILL");
    if (wasStarting) this.#channel.send(frameType.initFailed, 0, reason);
    if (this.#invocation?.isAnswered !== true) this.#call?.fail(reason);
    await this.#free(); // a large answer leaves as the platform takes it
    this.#channel.link.flushLastWords();
    process.exit(code);
  }

  /** @param {number} graceMs */
  async #stop(graceMs) {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const until = Date.now() + graceMs;
    const late = graceMs - Math.min(graceMs / 2, longestFarewellMs);
    await Promise.race([this.#free(), this.#program?.ended, new Promise((resolve) => setTimeout(resolve, late))]);
    await this.#program?.stop(until);
    this.#call?.fail(failure("exit", "Stopping", "the sandbox was stopped before the call ended"));
    this.#channel.link.finish(() => process.exit(0));
  }
}

/** @param {InitMessage} init @param {Door} door */
function environmentFor(init, { variables }) {
  if (isGo(init.environment)) return userEnvironment({ ...init.environment, ...variables }, process.env);
  const { customary, own } = lambdaEnvironment(init);
  return userEnvironment({ ...customary, ...init.environment, ...own, ...variables }, process.env);
}

/** What a program has to do to take calls. @param {InitMessage} init */
function hint({ environment }) {
  return isGo(environment)
    ? "it must call cloudfunction.Start of github.com/tencentyun/scf-go-lib"
    : "it must stay and ask for events, GET http://$SCF_RUNTIME_API:$SCF_RUNTIME_API_PORT/runtime/invocation/next or the runtime API of AWS Lambda";
}
