// @ts-check
import { inspect } from "node:util";
import { utf8Length } from "../channel/frames.js";
import { currentCall } from "../process/current-call.js";
import { failure, failureOf } from "../process/failure.js";
import { answerStream } from "./answer-stream.js";
import { foreignContent } from "./foreign-response.js";
import { WebRequest } from "./web-request.js";
import { WebResponse } from "./web-response.js";

/** @typedef {import("../channel/call.js").Call} Call */

/**
 * Answers calls with a Web-standard handler.
 * @param {(request: Request) => unknown} handler
 * @returns {(call: Call) => void}
 */
export function webAnswerer(handler) {
  /** @param {Call} call */
  const start = (call) => {
    try {
      const answer = handler(/** @type {Request} */ (/** @type {unknown} */ (WebRequest.of(call)))); // ours stands for it
      if (answer instanceof Promise) void settle(call, answer);
      else if (typeof (/** @type {{ then?: unknown } | undefined} */ (answer)?.then) === "function")
        void settle(call, answer);
      else respond(call, answer);
    } catch (error) {
      call.fail(failureOf("user", error));
    }
  };
  return (call) => currentCall.run(call, start, call);
}

/** @param {Call} call @param {unknown} answer */
async function settle(call, answer) {
  try {
    respond(call, await answer);
  } catch (error) {
    call.fail(failureOf("user", error));
  }
}

/** @param {Call} call @param {unknown} response */
function respond(call, response) {
  if (call.isOver) return;
  const content = WebResponse.contentOf(response) ?? foreignContent(response);
  if (content === null) {
    return call.fail(
      failure("bad-result", "NoResponse", `The handler gave ${inspect(response, { depth: 1 })}, not a Response`),
    );
  }
  const { status, pairs, whole } = content;
  if (!(status >= 200 && status <= 599)) {
    return call.fail(failure("bad-result", "BadStatus", `The handler gave a Response with status ${status}`));
  }
  if (call.method === "HEAD") answerHead(call, content);
  else if (whole !== undefined) call.answer(status, pairs, whole, true); // a Response has its own
  else void answerStream(call, status, pairs, content.takeStream());
}

/** Sends no body, but says how long it would be where that is known. @param {Call} call @param {import("./web-response.js").Content} content */
function answerHead(call, { status, pairs, whole, takeStream }) {
  if (whole === undefined) {
    void takeStream().cancel();
    return call.answer(status, pairs, null);
  }
  const length = whole === null ? 0 : typeof whole === "string" ? utf8Length(whole) : whole.length;
  const isSaid = whole === null || pairs.some((name, i) => i % 2 === 0 && name === "content-length");
  call.answer(status, isSaid ? pairs : [...pairs, "content-length", String(length)], null);
}
