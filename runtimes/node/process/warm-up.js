// @ts-check
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Channel } from "../channel/channel.js";
import { FrameReader } from "../channel/frame-reader.js";
import { frameType, FrameWriter, stringListBytes } from "../channel/frames.js";
import { eventHandler } from "../event/event-handler.js";
import { loadHandler } from "../handler/load-handler.js";

const rehearsals = 3;
const nextTurn = setImmediate;

/** @typedef {import("../channel/call.js").Call} Call */

/**
 * Loads and runs once what the first call of any function needs, after READY: a sandbox in the pool has the time. Goes step
 * by step, so that an INIT waits for one of them at most, and stops when it has come.
 * @param {() => boolean} isAssigned a function has come
 */
export async function warmUp(isAssigned) {
  const steps = [
    () =>
      rehearse(
        "event",
        eventHandler(async () => ({ ok: true }), anyFunction),
      ),
    () => import("../web/web-globals.js"),
    async () => {
      const [{ webAnswerer }, { WebResponse }] = await Promise.all([
        import("../web/web-answerer.js"),
        import("../web/web-response.js"),
      ]);
      return rehearse(
        "http",
        webAnswerer(async (request) => new WebResponse(request.url, { headers: { "content-type": "text/plain" } })),
      );
    },
    () => import("../server/node-http.js"),
    async () => {
      const { nodeAnswerer } = await import("../server/node-answerer.js");
      return rehearse(
        "http",
        nodeAnswerer((request, response) => response.setHeader("content-type", "text/plain").end(request.headers.host)),
      );
    },
    () => inspect({ text: "x", list: [1] }),
    async () => {
      const { httpHandler } = await import("../handler/http-handler.js");
      await httpHandler(anyHandler);
    },
    rehearseLoading,
    () => import("../handler/prepare-bundle.js"),
  ];
  for (const step of steps) {
    if (isAssigned()) return;
    await step();
    await new Promise((resolve) => nextTurn(resolve));
  }
}

const anyHandler = () => null;

/** Loading a module for the first time costs half a millisecond more. */
async function rehearseLoading() {
  const folder = fileURLToPath(new URL("../handler/rehearsal/", import.meta.url));
  const options = { defaultName: null, isBundled: false };
  for (const handler of ["module.handler", "common.handler"]) await loadHandler(folder, handler, options);
  process.chdir(process.cwd());
}

/** @type {import("../channel/channel.js").InitMessage} */
const anyFunction = {
  form: "event",
  handler: "",
  codeRoot: "",
  environment: {},
  function: { name: "", namespace: "", version: "", region: "", appId: "", uin: "", memoryMb: 0, timeoutMs: 0 },
  maxResultBytes: 1_000,
  initTimeoutMs: 0,
};

/**
 * Answers a few calls whose frames come from nowhere and go nowhere.
 * @param {"event" | "http"} kind @param {(call: Call) => void} answer
 */
async function rehearse(kind, answer) {
  const writer = new FrameWriter();
  const nothing = () => {};
  const discard = () => {
    writer.used = 0;
  };
  /** @type {FrameReader | null} */
  let reader = null;
  const channel = new Channel(
    (sink) => {
      reader = new FrameReader(sink);
      const others = {
        onDrained: nothing,
        schedulePatiently: discard,
        flush: discard,
        flushPatiently: discard,
        flushLastWords: discard,
        finish: nothing,
      };
      return { writer, schedule: discard, ref: nothing, unref: nothing, ...others };
    },
    { onInit: nothing, onCall: answer, onStop: nothing, onClose: nothing },
  );
  for (let i = 1; i <= rehearsals; i++) {
    const frame = callFrame(kind, i);
    /** @type {FrameReader | null} */ (reader)?.push(frame, frame.length);
    if (i === 1) channel.initialized({ handler: kind }); // the first call of a sandbox mostly comes before
    while (channel.calls.size > 0) await new Promise((resolve) => nextTurn(resolve));
  }
}

/** @param {"event" | "http"} kind @param {number} id */
function callFrame(kind, id) {
  const strings =
    kind === "event" ? ["request"] : ["request", "GET", "/path?query", "host", "localhost", "accept", "*/*"];
  const writer = new FrameWriter();
  writer.begin(frameType.call, id, 6 + stringListBytes(strings) + 2);
  writer.u8(1);
  writer.u8(kind === "event" ? 0 : 1);
  writer.u32(0);
  writer.strings(strings);
  if (kind === "event") writer.utf8("{}");
  writer.finish();
  return writer.buffer.subarray(0, writer.used);
}
