// @ts-check
import { spawn } from "node:child_process";
import { Channel } from "../node/channel/channel.js";
import { frameType } from "../node/channel/frames.js";
import { failure, failureOf } from "../node/process/failure.js";
import { findListeningPort } from "./listening-port.js";
import { OutputLines } from "./output-lines.js";
import { signalProcesses } from "./processes.js";
import { startCommand } from "./start-command.js";

/** @typedef {import("../node/channel/channel.js").InitMessage} InitMessage */
/** @typedef {import("../node/channel/call.js").Failure} Failure */

const pollMs = 10;
/** The platform gives up at `initTimeoutMs`; what is known here is said a little before. */
const sayBeforeMs = 300;

/**
 * Runs one server of the user's and says when it listens.
 *
 * ready → (INIT) starting → serving → ended
 *                         ↘ failed
 * (STOP) any → stopping → ended. When the server ends, so does this process; the platform starts another sandbox.
 */
export class ServiceRuntime {
  /** @type {"ready" | "starting" | "serving" | "failed" | "stopping"} */
  #state = "ready";
  /** @type {import("node:child_process").ChildProcess | null} */
  #server = null;
  #channel;
  #output;

  /** @param {number} fd the channel's descriptor */
  constructor(fd) {
    this.#channel = new Channel(fd, {
      onInit: (message) => void this.#run(message),
      onCall: (call) => call.fail(failure("exit", "NotCallable", "a service takes no calls over the channel")),
      onStop: (graceMs) => this.#stop(graceMs),
      onClose: () => this.#end("SIGKILL", 0),
    });
    this.#output = new OutputLines((stream, line) => {
      this.#channel.log(0, stream, line);
      this.#channel.link.schedulePatiently();
    });
  }

  start() {
    this.#channel.send(frameType.ready, 0, { protocol: 1, runtime: "service", version: process.versions.node });
  }

  /** @param {InitMessage} init */
  async #run(init) {
    this.#state = "starting";
    try {
      const command = await startCommand(init);
      if (command.kind === "failed") return this.#fail(command.failure);
      this.#spawn(command.program, command.args, init);
      await this.#waitUntilListening(init);
    } catch (error) {
      this.#fail(failureOf("start", error));
    }
  }

  /** @param {string} program @param {readonly string[]} args @param {InitMessage} init */
  #spawn(program, args, init) {
    const server = spawn(program, args, {
      cwd: init.codeRoot,
      env: { ...init.environment, ...marks() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#server = server;
    this.#output.read(1, server.stdout);
    this.#output.read(2, server.stderr);
    server.on("error", (error) =>
      this.#fail(failure("start", error.name, `${program} cannot be run: ${error.message}`)),
    );
    // "close" comes after the last line of output has been read, unless a grandchild keeps the pipe.
    server.on("exit", (code, signal) => setImmediate(() => this.#serverEnded(code, signal)));
  }

  /** @param {InitMessage} init */
  async #waitUntilListening(init) {
    const preferred = [init.port ?? 9000, 9000];
    const until = performance.now() + Math.max(init.initTimeoutMs - sayBeforeMs, init.initTimeoutMs / 2);
    for (;;) {
      if (this.#state !== "starting") return;
      const found = await findListeningPort(preferred);
      if (this.#state !== "starting") return;
      if (found.kind === "listening") return this.#serve(found.port);
      if (performance.now() > until) return this.#fail(this.#listensNowhere(init, found.unreachable));
      await new Promise((resolve) => {
        setTimeout(resolve, pollMs);
      });
    }
  }

  /** @param {number} port */
  #serve(port) {
    this.#state = "serving";
    this.#channel.send(frameType.initialized, 0, { handler: "service", port });
  }

  /** @param {InitMessage} init @param {string | null} unreachable */
  #listensNowhere(init, unreachable) {
    const seconds = init.initTimeoutMs / 1000;
    const where =
      unreachable === null
        ? "on no port"
        : `only on ${unreachable}, which cannot be reached from outside; it has to listen on 0.0.0.0`;
    return failure(
      "port",
      "PortBindingFailed",
      `The server runs, but after ${seconds} s (InitTimeout) it listens ${where}. It has to listen on $PORT (${init.port ?? 9000}) or 9000`,
    );
  }

  /** @param {number | null} code @param {NodeJS.Signals | null} signal */
  #serverEnded(code, signal) {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    if (this.#state === "starting") return this.#fail(this.#endedBeforeListening(how));
    if (this.#state !== "serving") return;
    this.#channel.fail(failure("exit", "ServerEnded", `The server ended (${how})`));
    this.#channel.link.flushLastWords();
    process.exit(1);
  }

  /** What it printed is for its owner alone, as stack traces are. @param {string} how @returns {Failure} */
  #endedBeforeListening(how) {
    const hint = this.#output.isPortTaken
      ? ". Its port is taken: without isolated networks all services share the ports of the host, so listen on $PORT, which is free for it"
      : "";
    const reason = failure("start", "ServerEnded", `The server ended (${how}) before it listened${hint}`);
    return { ...reason, stackTrace: `${reason.message}. ${this.#output.explain()}` };
  }

  /** @param {Failure} reason */
  #fail(reason) {
    if (this.#state !== "starting") return;
    this.#state = "failed";
    this.#channel.send(frameType.initFailed, 0, reason);
  }

  /** @param {number} graceMs */
  #stop(graceMs) {
    if (this.#state === "stopping") return;
    this.#state = "stopping";
    const server = this.#server;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return this.#end("SIGKILL", 0);
    server.once("exit", () => this.#end("SIGKILL", 0));
    setTimeout(() => this.#end("SIGKILL", 0), graceMs);
    signalProcesses("SIGTERM");
  }

  /** Ends everything that the server started, then this process. @param {NodeJS.Signals} signal @param {number} code */
  #end(signal, code) {
    this.#channel.link.flushLastWords();
    signalProcesses(signal);
    process.exit(code);
  }
}

/** What the driver finds strays by; children inherit it. */
function marks() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name === "GUST_SANDBOX" || name === "GUST_INSTALLATION"),
  );
}
