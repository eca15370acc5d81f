// @ts-check
import { Channel } from "../node/channel/channel.js";
import { Link } from "../node/channel/link.js";
import { frameType } from "../node/channel/frames.js";
import { userEnvironment } from "../node/process/environment.js";
import { failure } from "../node/process/failure.js";
import { ChildProgram, sayExit, withOutput } from "./child-program.js";
import { relay } from "./loopback-relay.js";
import { OutputLines } from "./output-lines.js";
import { serviceCommand } from "./service-command.js";
import { describePorts, waitForPort } from "./wait-for-port.js";

const defaultHost = "127.0.0.1";
const defaultPort = 9_000;
/**
 * Only the gateway reaches a service, and says who asked and how in `x-forwarded-for` and `x-forwarded-proto`: uvicorn, gunicorn
 * and hypercorn read here whose word they may take for it; by itself they take that of 127.0.0.1 alone.
 */
const proxied = { FORWARDED_ALLOW_IPS: "*" };
const sayBeforeMs = 300;
const notFoundCode = 127;

/** @typedef {import("../node/channel/call.js").Failure} Failure */
/** @typedef {import("../node/channel/channel.js").InitMessage} InitMessage */
/** @typedef {import("./child-program.js").Exit} ServiceExit */

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
  /** @type {ChildProgram | null} */
  #service = null;
  #isStopping = false;
  #node;

  /** @param {number} fd the channel's descriptor @param {string} node what runs servers that are a file of a handler */
  constructor(fd, node) {
    this.#node = node;
    this.#channel = new Channel((sink) => new Link(fd, sink), {
      onInit: (message) => void this.#start(message),
      onCall: (call) => call.fail(failure("start", "NotCallable", "a service takes requests at its port, not calls")),
      onStop: (graceMs) => void this.#stop(graceMs),
      onClose: () => {
        this.#service?.signal("SIGKILL");
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
    const command = serviceCommand(init, this.#node);
    if (command.kind === "impossible") return this.#channel.send(frameType.initFailed, 0, command.failure);
    const port = init.port ?? defaultPort;
    const given = { ...proxied, ...init.environment, PORT: String(port), TENCENTCLOUD_SERVER_PORT: String(port) };
    const place = { cwd: init.codeRoot, env: userEnvironment(given, process.env) };
    const service = new ChildProgram(command, place, this.#output);
    this.#service = service;
    const stopWaiting = new AbortController();
    const outcome = await Promise.race([
      this.#waitForServer({ host: init.host ?? defaultHost, port }, init.initTimeoutMs, stopWaiting.signal),
      service.ended.then((exit) => /** @type {const} */ ({ kind: "ended", exit })),
    ]);
    stopWaiting.abort();
    if (this.#isStopping) return;
    if (outcome.kind === "ended")
      return this.#failStart(startFailure(command.name, outcome.exit, this.#output.last, port));
    if (outcome.kind === "late")
      return this.#failStart(portFailure(port, init.initTimeoutMs, describePorts(outcome.sockets), this.#output.last));
    this.#channel.initialized({ handler: "service", port: outcome.port });
    await this.#reportEnd(command.name, service);
  }

  /** @param {{ host: string, port: number }} asked @param {number} initTimeoutMs @param {AbortSignal} signal */
  async #waitForServer(asked, initTimeoutMs, signal) {
    const outcome = await waitForPort(asked, waitingTime(initTimeoutMs), signal);
    if (outcome.kind === "late" || outcome.through === null) return outcome;
    const { port, through, sockets } = outcome;
    try {
      await relay({ host: asked.host, port }, { host: through, port });
    } catch {
      return /** @type {const} */ ({ kind: "late", sockets }); // somebody else has that port there
    }
    this.#output.say(
      `The server listens on ${through} alone, port ${port}: requests reach it through its runtime, which costs time. Let it listen on 0.0.0.0`,
    );
    return outcome;
  }

  /** @param {Failure} reason */
  #failStart(reason) {
    this.#service?.signal("SIGKILL");
    this.#channel.send(frameType.initFailed, 0, reason);
  }

  /** @param {string} name @param {ChildProgram} service */
  async #reportEnd(name, service) {
    const exit = await service.ended;
    if (this.#isStopping) return;
    service.signal("SIGKILL");
    const reason = failure("exit", "ProcessExited", `The service ended: ${name} ${sayExit(exit)}`);
    this.#channel.fail(withOutput(reason, this.#output.last));
    this.#channel.link.flushLastWords();
    process.exit(1);
  }

  /** @param {number} graceMs */
  async #stop(graceMs) {
    if (this.#isStopping) return;
    this.#isStopping = true;
    await this.#service?.stop(Date.now() + graceMs);
    this.#channel.link.finish(() => process.exit(0));
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
