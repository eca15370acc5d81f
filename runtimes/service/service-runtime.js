// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Channel } from "../node/channel/channel.js";
import { Link } from "../node/channel/link.js";
import { frameType } from "../node/channel/frames.js";
import { userEnvironment } from "../node/process/environment.js";
import { failure } from "../node/process/failure.js";
import { OutputLines } from "./output-lines.js";
import { isRunning, signalTree } from "./process-tree.js";
import { serviceCommand } from "./service-command.js";
import { describePorts, waitForPort } from "./wait-for-port.js";

const defaultPort = 9_000;
/** Output that was on its way when the process ended; a grandchild may hold the pipe open. */
const lastOutputMs = 200;
const endPollMs = 5;
const sayBeforeMs = 300;
const notFoundCode = 127;

/** @typedef {import("../node/channel/call.js").Failure} Failure */
/** @typedef {import("../node/channel/channel.js").InitMessage} InitMessage */
/** @typedef {{ code: number | null, signal: string | null }} ServiceExit */

/**
 * The runtime of HTTP services: starts a server and says when it listens; requests go to its port, not through here.
 *
 * ready → (INIT) starting → listening → (the service ends) ended
 *                  ↓ INIT_FAILED: ended before it listened, or never listened
 *         (STOP) stopping → ended
 */
export class ServiceRuntime {
  #channel;
  #output;
  /** @type {import("node:child_process").ChildProcess | null} */
  #service = null;
  #isStopping = false;
  /** @type {Promise<ServiceExit>} */
  #ended = new Promise(() => {});

  /** @param {number} fd the channel's descriptor */
  constructor(fd) {
    this.#channel = new Channel((sink) => new Link(fd, sink), {
      onInit: (message) => void this.#start(message),
      onCall: (call) => call.fail(failure("start", "NotCallable", "a service takes requests at its port, not calls")),
      onStop: (graceMs) => void this.#stop(graceMs),
      onClose: () => {
        this.#signal("SIGKILL");
        process.exit(1);
      },
    });
    this.#output = new OutputLines(this.#channel);
  }

  start() {
    // A signal to the process group is for the service; this process ends when the platform says so.
    process.on("SIGTERM", () => undefined);
    process.on("SIGINT", () => undefined);
    this.#channel.send(frameType.ready, 0, { protocol: 1, runtime: "service", version: process.versions.node });
  }

  /** @param {InitMessage} init */
  async #start(init) {
    const command = serviceCommand(init);
    if (command.kind === "impossible") return this.#channel.send(frameType.initFailed, 0, command.failure);
    const port = init.port ?? defaultPort;
    const given = { ...init.environment, PORT: String(port), TENCENTCLOUD_SERVER_PORT: String(port) };
    this.#service = spawn(command.program, command.args, {
      cwd: init.codeRoot,
      env: userEnvironment(given, process.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = this.#follow(this.#service);
    const stopWaiting = new AbortController();
    const outcome = await Promise.race([
      waitForPort(port, waitingTime(init.initTimeoutMs), stopWaiting.signal),
      this.#ended.then((exit) => /** @type {const} */ ({ kind: "ended", exit })),
    ]);
    stopWaiting.abort();
    if (this.#isStopping) return;
    if (outcome.kind === "ended")
      return this.#failStart(startFailure(command.name, outcome.exit, this.#output.last, port));
    if (outcome.kind === "late")
      return this.#failStart(portFailure(port, init.initTimeoutMs, describePorts(outcome.sockets), this.#output.last));
    this.#channel.send(frameType.initialized, 0, { handler: "service", port: outcome.port });
    await this.#reportEnd(command.name);
  }

  /** @param {Failure} reason */
  #failStart(reason) {
    this.#signal("SIGKILL");
    this.#channel.send(frameType.initFailed, 0, reason);
  }

  /** @param {string} name */
  async #reportEnd(name) {
    const exit = await this.#ended;
    if (this.#isStopping) return;
    this.#signal("SIGKILL");
    const reason = failure("exit", "ProcessExited", `The service ended: ${name} ${sayExit(exit)}`);
    this.#channel.fail(withOutput(reason, this.#output.last));
    this.#channel.link.flushLastWords();
    process.exit(1);
  }

  /** @param {import("node:child_process").ChildProcess} service @returns {Promise<ServiceExit>} */
  async #follow(service) {
    if (service.stdout) this.#output.follow(service.stdout, 1);
    if (service.stderr) this.#output.follow(service.stderr, 2);
    const closed = once(service, "close").catch(() => undefined); // `exit` below fails of the same
    try {
      const [code, signal] = await once(service, "exit");
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, lastOutputMs))]);
      return { code, signal };
    } catch (error) {
      this.#channel.log(0, 2, `The service could not be started: ${/** @type {Error} */ (error).message}`);
      return { code: notFoundCode, signal: null };
    }
  }

  /** @param {number} graceMs */
  async #stop(graceMs) {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const told = this.#signal("SIGTERM");
    const until = Date.now() + graceMs;
    // The script that started the server often ends before it.
    while ((told.some(isRunning) || this.#isServiceRunning()) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, endPollMs));
    this.#signal("SIGKILL");
    this.#channel.link.flushLastWords();
    process.exit(0);
  }

  #isServiceRunning() {
    return this.#service !== null && this.#service.exitCode === null && this.#service.signalCode === null;
  }

  /** Signals the service and what it started; gives their process ids. @param {NodeJS.Signals} signal */
  #signal(signal) {
    if (process.platform === "linux") return signalTree(signal);
    this.#service?.kill(signal);
    return [];
  }
}

/** The platform gives up at the limit; what is known here is said a little before. @param {number} initTimeoutMs */
function waitingTime(initTimeoutMs) {
  return Math.max(initTimeoutMs - sayBeforeMs, initTimeoutMs / 2);
}

/** @param {string} name @param {ServiceExit} exit @param {string} output @param {number} port */
function startFailure(name, exit, output, port) {
  let message = `The service ended before it listened on a port: ${name} ${sayExit(exit)}`;
  if (/EADDRINUSE|address already in use/i.test(output)) {
    message += `. Its port is taken: here services share the ports of the host, so it must listen on $PORT (${port}), not on a fixed one`;
  } else if (exit.code === notFoundCode) {
    message += ". A command was not found: name programs as the PATH has them (node, not /var/lang/node12/bin/node)";
  } else if (exit.code === 0) {
    message += ". It must stay while the server runs: start the server with exec, not in the background";
  }
  return withOutput(failure("start", "InstanceStartFailed", message), output);
}

/** @param {number} port @param {number} timeoutMs @param {string} ports @param {string} output */
function portFailure(port, timeoutMs, ports, output) {
  const message = `The service listens on no port that can be reached, ${timeoutMs / 1_000} s (InitTimeout) after its start: it must listen on 0.0.0.0:$PORT (${port}); ${ports}`;
  return withOutput(failure("port", "PortBindingFailed", message), output);
}

/** What it printed is for its owner alone, as stack traces are: the message may be shown to anybody. @param {Failure} reason @param {string} output @returns {Failure} */
function withOutput(reason, output) {
  const said = output === "" ? "It printed nothing" : `Its last output:\n${output}`;
  return { ...reason, stackTrace: `${reason.message}. ${said}` };
}

/** @param {ServiceExit} exit */
function sayExit({ code, signal }) {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}
