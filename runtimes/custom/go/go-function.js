// @ts-check
import { createServer } from "node:net";
import { failure, failureSaid } from "../../node/process/failure.js";
import { ListeningPorts } from "../../service/listening-ports.js";
import { answers } from "../../service/wait-for-port.js";
import { resultTooLarge } from "../invocation.js";
import { stackOfFrames } from "../reported-error.js";
import { invokeArgument, invokeRequest, pingRequest } from "./messages.js";
import { RpcClient } from "./rpc-client.js";

const host = "127.0.0.1";
const pollMs = 2;
/** Time that a program whose connection broke has to end. */
const endReportMs = 500;

/** @typedef {import("../invocation.js").Invocation} Invocation */
/** @typedef {import("../../node/channel/call.js").Failure} Failure */

/**
 * A program built with SCF's Go library: it serves net/rpc on the port that it is told, and is called there.
 *
 * started → it listens → it answers a ping: open → one call at a time
 */
export class GoFunction {
  #init;
  #port = 0;
  #ports = new ListeningPorts();
  /** @type {RpcClient | null} */
  #client = null;
  /** Variables that only earlier calls had: the library sets, and never removes. @type {Set<string>} */
  #ofEarlierCalls = new Set();
  /** The program is gone. */
  #gone = AbortSignal.abort();
  #discard;

  /**
   * @param {import("../../node/channel/channel.js").InitMessage} init
   * @param {() => void} discard the program must get no further call
   */
  constructor(init, discard) {
    this.#init = init;
    this.#discard = discard;
  }

  /** Chooses a port: under some drivers programs share those of the host. */
  async listen() {
    const probe = createServer();
    await new Promise((resolve, reject) => {
      probe.once("error", reject);
      probe.listen(0, host, () => resolve(null));
    });
    this.#port = /** @type {import("node:net").AddressInfo} */ (probe.address()).port; // it listens on a port
    await new Promise((resolve) => probe.close(resolve));
  }

  get variables() {
    const { function: fn } = this.#init;
    const port = String(this.#port);
    return {
      _SCF_SERVER_PORT: port,
      _LAMBDA_SERVER_PORT: port,
      FUNCTION_NAME: fn.name,
      FUNCTION_VERSION: fn.version,
      FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    };
  }

  /**
   * Resolves when the program takes calls (null), or with the reason why it never will.
   * @param {AbortSignal} signal ends the waiting: the program is gone
   * @returns {Promise<Failure | null>}
   */
  async opened(signal) {
    this.#gone = signal;
    while (!(await this.#isListening()) && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, pollMs));
    if (signal.aborted) return null;
    this.#client?.close();
    this.#client = new RpcClient(this.#port, host, this.#init.maxResultBytes);
    const outcome = await this.#client.call("Function.Ping", pingRequest, {});
    if (outcome.kind === "reply" || signal.aborted) return null;
    const said = outcome.kind === "too-large" ? "its answer is too long" : outcome.message;
    return failure(
      "start",
      "InstanceStartFailed",
      `The program listens on $_LAMBDA_SERVER_PORT, but does not serve functions there as github.com/tencentyun/scf-go-lib does: ${said}`,
    );
  }

  /** The program itself, not another one of the host, as far as can be known. Who listens is looked up last: it costs a walk through all processes. */
  async #isListening() {
    if (!(await answers(this.#port))) return false;
    if (process.platform !== "linux") return true;
    return this.#ports
      .find()
      .some(({ port, reach }) => port === this.#port && ["everywhere", "loopback"].includes(reach));
  }

  /** @param {Invocation} invocation */
  give(invocation) {
    invocation.isGiven = true;
    void this.#call(invocation);
  }

  /** @param {Invocation} invocation */
  async #call(invocation) {
    const argument = invokeArgument(invocation, this.#init.function, this.#environmentOf(invocation.variables));
    if (this.#client === null) throw new Error("a call before the program was opened");
    const outcome = await this.#client.call("Function.Invoke", invokeRequest, argument);
    switch (outcome.kind) {
      case "reply":
        return this.#answer(invocation, outcome.value);
      case "refused":
        return invocation.fail(failure("user", "RpcError", outcome.message));
      case "too-large":
        return invocation.fail(resultTooLarge());
      case "broken":
        return this.#lose(invocation, outcome.message);
    }
  }

  /** @param {Invocation} invocation @param {Record<string, unknown>} reply */
  async #answer(invocation, { Payload: payload, Error: error }) {
    if (error === undefined) {
      await invocation.succeed(Buffer.isBuffer(payload) ? payload : Buffer.from("null"));
      return;
    }
    const reason = goFailure(error);
    const isPanic = /** @type {{ ShouldExit?: unknown }} */ (error)["ShouldExit"] === true; // goFailure has checked it
    if (isPanic) this.#discard();
    await invocation.fail(reason);
  }

  /** The connection is gone; when the program is too, its end says more. @param {Invocation} invocation @param {string} message */
  async #lose(invocation, message) {
    const gone = this.#gone;
    await Promise.race([
      new Promise((resolve) => gone.addEventListener("abort", resolve)),
      new Promise((resolve) => setTimeout(resolve, endReportMs)),
    ]);
    if (gone.aborted) return;
    this.#discard();
    await invocation.fail(failure("exit", "ConnectionLost", `the program serves no calls any more: ${message}`));
  }

  /** @param {readonly string[]} variables names and values in turn */
  #environmentOf(variables) {
    const { environment } = this.#init;
    const own = Object.fromEntries(Array.from(this.#ofEarlierCalls, (name) => [name, environment[name] ?? ""]));
    for (let i = 0; i + 1 < variables.length; i += 2) {
      const name = variables[i] ?? "";
      own[name] = variables[i + 1] ?? "";
      this.#ofEarlierCalls.add(name);
    }
    return { ...environment, ...own };
  }
}

/** @param {unknown} error `InvokeResponse_Error` of the library */
function goFailure(error) {
  const { Message: message, Type: type, StackTrace: frames } = /** @type {Record<string, unknown>} */ (Object(error)); // any value becomes one
  const errorType = typeof type === "string" && type !== "" ? type : "error";
  const text = typeof message === "string" ? message : "";
  const heading = `${errorType}: ${text}`;
  const stack = Array.isArray(frames)
    ? frames.map(({ Path: path, Line: line, Label: label }) => ({ path, line, label }))
    : [];
  return failureSaid("user", errorType, text, stackOfFrames(heading, stack));
}
