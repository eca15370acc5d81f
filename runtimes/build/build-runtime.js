// @ts-check
import { Channel } from "../node/channel/channel.js";
import { frameType } from "../node/channel/frames.js";
import { Link } from "../node/channel/link.js";
import { failureOf } from "../node/process/failure.js";
import { OutputLines } from "../service/output-lines.js";
import { bundle } from "./bundle/bundle.js";
import { bytecode } from "./bytecode/bytecode.js";
import { install } from "./install/install.js";

/** @typedef {import("../node/channel/call.js").Call} Call */

/**
 * Where programs that builds use lie, as seen in this box.
 * @typedef {{ npmProgram: string, esbuildModule: string, esbuildBinary: string }} Tools
 */

/**
 * What a build came to. `made`: files, as a zip; `nothing`: the package stays as it is, and why; `failed`: what was asked for cannot be had.
 * @typedef {{ kind: "made", zip: Buffer, note: string } | { kind: "nothing" | "failed", reason: string }} Outcome
 */

/**
 * What a build has.
 * @typedef {object} BuildContext
 * @property {string} codeRoot the package, read-only
 * @property {Tools} tools
 * @property {OutputLines} output
 */

/** @typedef {(context: BuildContext, request: any) => Promise<Outcome>} Build `request`: JSON of the platform, which `src/scheduler/builds` writes */

/** By the path of the call that asks for it. @type {Readonly<Record<string, Build>>} */
const builds = { "/bundle": bundle, "/bytecode": bytecode, "/install": install };

const statuses = /** @type {const} */ ({ made: 200, nothing: 204, failed: 422 });

/**
 * Builds something of a package, once: INIT says where it is, a call which build and how; the answer's body is a zip of what was made.
 *
 * ready → (INIT) assigned → (CALL) building → answered; the platform then throws the box away
 */
export class BuildRuntime {
  #channel;
  #output;
  #tools;
  #codeRoot = "";

  /** @param {number} fd the channel's descriptor @param {Tools} tools */
  constructor(fd, tools) {
    this.#tools = tools;
    this.#channel = new Channel((sink) => new Link(fd, sink), {
      onInit: ({ codeRoot }) => {
        this.#codeRoot = codeRoot;
        this.#channel.initialized({ handler: "http" });
      },
      onCall: (call) => void this.#build(call),
      onStop: () => process.exit(0),
      onClose: () => process.exit(1),
    });
    this.#output = new OutputLines(this.#channel);
  }

  start() {
    this.#channel.send(frameType.ready, 0, { protocol: 1, runtime: "build", version: process.versions.node });
  }

  /** @param {Call} call */
  async #build(call) {
    this.#output.callId = () => call.id;
    try {
      const build = builds[call.target];
      if (build === undefined) throw new Error(`there is no build ${call.target}`);
      const request = JSON.parse((await call.body.whole()).toString("utf8"));
      const context = { codeRoot: this.#codeRoot, tools: this.#tools, output: this.#output };
      answer(call, await build(context, request));
    } catch (error) {
      call.fail(failureOf("user", error));
    }
  }
}

/** Characters; encoded, each has nine bytes at most, of the 65,535 of a header. The end says why. */
const longestNote = 7_000;

/** @param {Call} call @param {Outcome} outcome */
function answer(call, outcome) {
  const { kind } = outcome;
  const text = (kind === "made" ? outcome.note : outcome.reason).slice(-longestNote).toWellFormed();
  call.answer(statuses[kind], ["x-gust-note", encodeURIComponent(text)], kind === "made" ? outcome.zip : null);
}
