// @ts-check
import { createServer } from "node:http";
import { failure } from "../../node/process/failure.js";
import { resultTooLarge } from "../invocation.js";
import { reportedError } from "../reported-error.js";
import { invocationHeaders } from "./invocation-headers.js";
import { routeOf } from "./route.js";
import { wholeBody } from "./whole-body.js";

const host = "127.0.0.1";
/** Lambda's clients report the cause of an error in a header of up to 1 MB. */
const mostHeaderBytes = 1_114_112;
const mostHeaders = 100;
const mostErrorBytes = 262_144;
const mostConnections = 128;

/** @typedef {import("node:http").ServerResponse} Response */
/** @typedef {import("../invocation.js").Invocation} Invocation */
/** @typedef {import("../../node/channel/call.js").Failure} Failure */

/**
 * The runtime APIs of SCF and of AWS Lambda on one port of loopback: the program asks for its calls and answers them.
 *
 * A program: started → (ready, or its first `next`) open → asking ⇄ has a call; init/error ends it before it is open.
 * A call: waiting → (next) given → (response, error; the first one counts) answered. Until it is answered, `next` gives
 * it again, and nothing can be answered that was not given.
 */
export class RuntimeApi {
  #server;
  /** @type {import("../../node/channel/channel.js").InitMessage | null} */
  #init = null;
  /** The call that waits for the program, or that it has. @type {Invocation | null} */
  #invocation = null;
  /** Requests for the next call, the oldest first. @type {Set<Response>} */
  #asking = new Set();
  #isOpen = false;
  /** @type {(failure: Failure | null) => void} */
  #settleStart = () => {};

  constructor() {
    this.#server = createServer(
      { maxHeaderSize: mostHeaderBytes, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = mostConnections;
    this.#server.maxHeadersCount = mostHeaders;
  }

  /** @returns {Promise<void>} */
  listen() {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, host, resolve);
    });
  }

  get #port() {
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port; // it listens on a port
  }

  /** How a program finds it, by the names of SCF and of Lambda. */
  get variables() {
    const port = this.#port;
    return {
      SCF_RUNTIME_API: host,
      SCF_RUNTIME_API_PORT: String(port),
      AWS_LAMBDA_RUNTIME_API: `${host}:${port}`,
    };
  }

  /** @param {import("../../node/channel/channel.js").InitMessage} init */
  assign(init) {
    this.#init = init;
  }

  /**
   * A program starts. Resolves when it takes calls (null), or with the reason that it gives for never taking any.
   * @returns {Promise<Failure | null>}
   */
  opened() {
    this.#isOpen = false;
    this.#asking.clear();
    return new Promise((resolve) => {
      this.#settleStart = resolve;
    });
  }

  /** A call for the program, which has none. @param {Invocation} invocation */
  give(invocation) {
    this.#invocation = invocation;
    const [oldest] = this.#asking;
    if (oldest === undefined) return;
    this.#asking.delete(oldest);
    this.#hand(invocation, oldest);
  }

  /** @param {import("node:http").IncomingMessage} request @param {Response} response */
  async #serve(request, response) {
    const route = routeOf(request.method ?? "", request.url ?? "");
    switch (route.kind) {
      case "ready":
        request.resume();
        this.#open();
        return accept(response, route.isLambda);
      case "next":
        request.resume();
        return this.#next(response);
      case "initError":
        return this.#failStart(request, response);
      case "response":
      case "error":
        return this.#takeAnswer(request, response, route);
      case "unknown":
        request.resume();
        if (route.allowed !== null) response.setHeader("Allow", route.allowed);
        return refuse(response, route.allowed === null ? 404 : 405, "UnknownRequest", route.message);
    }
  }

  #open() {
    this.#isOpen = true;
    this.#settleStart(null);
  }

  /** @param {Response} response */
  #next(response) {
    this.#open();
    const invocation = this.#invocation;
    if (invocation !== null && !invocation.isAnswered) return this.#hand(invocation, response);
    this.#asking.add(response);
    response.on("close", () => this.#asking.delete(response));
  }

  /** @param {Invocation} invocation @param {Response} response */
  #hand(invocation, response) {
    if (this.#init === null) return;
    invocation.isGiven = true;
    response.writeHead(200, invocationHeaders(invocation, this.#init.function));
    response.end(invocation.event);
  }

  /** @param {import("node:http").IncomingMessage} request @param {Response} response */
  async #failStart(request, response) {
    const read = await wholeBody(request, mostErrorBytes, () => undefined);
    if (read.kind === "cut") return;
    if (this.#isOpen)
      return refuse(
        response,
        403,
        "InvalidStateTransition",
        "init/error after the program was ready: report errors of a call",
      );
    const body = read.kind === "whole" ? read.body : Buffer.from("Its report of an error is too long");
    this.#settleStart(reportedError("code", body, typeHeader(request)));
    accept(response, true);
  }

  /**
   * @param {import("node:http").IncomingMessage} request @param {Response} response
   * @param {{ kind: "response" | "error", isLambda: boolean, requestId: string | null }} route
   */
  async #takeAnswer(request, response, { kind, isLambda, requestId }) {
    const invocation = this.#invocation;
    const refusal = refusalOf(invocation, requestId);
    if (invocation === null || refusal !== null) {
      request.resume();
      return refuse(response, ...(refusal ?? nothingGiven));
    }
    const most = kind === "error" ? mostErrorBytes : (this.#init?.maxResultBytes ?? 0);
    const tooLarge = kind === "error" ? reportTooLarge() : resultTooLarge();
    const read = await wholeBody(request, most, () => void invocation.fail(tooLarge));
    if (read.kind === "cut") return;
    if (read.kind === "too-large")
      return refuse(response, 413, "RequestEntityTooLarge", `${tooLarge.message}: ${most} bytes are allowed`);
    if (invocation.isAnswered) return refuse(response, ...answeredBefore);
    const outcome = await answer(invocation, kind, read.body, request);
    if (outcome === null) return accept(response, isLambda);
    refuse(response, outcome.kind === "result-too-large" ? 413 : 400, outcome.errorType, outcome.message);
  }
}

/** @typedef {readonly [status: number, errorType: string, message: string]} Refusal */

/** @type {Refusal} */
const nothingGiven = [
  403,
  "InvalidStateTransition",
  "there is no call to answer: GET …/runtime/invocation/next gives one",
];
/** @type {Refusal} */
const answeredBefore = [403, "InvalidStateTransition", "the call has its answer already: the first one counts"];

/** @param {Invocation | null} invocation @param {string | null} requestId @returns {Refusal | null} */
function refusalOf(invocation, requestId) {
  if (invocation === null || !invocation.isGiven) return nothingGiven;
  if (requestId !== null && requestId !== invocation.call.requestId)
    return [400, "InvalidRequestID", `the call of this program is not ${requestId.slice(0, 100)}`];
  return invocation.isAnswered ? answeredBefore : null;
}

/**
 * Answers a call; gives what became of it when it could not be taken as it was.
 * @param {Invocation} invocation @param {"response" | "error"} kind @param {Buffer} body
 * @param {import("node:http").IncomingMessage} request
 * @returns {Promise<Failure | null>}
 */
async function answer(invocation, kind, body, request) {
  // A program that streams its result says in trailers that it broke off.
  const broken = request.trailers["lambda-runtime-function-error-type"];
  if (kind === "response" && broken === undefined) return invocation.succeed(body);
  const report =
    kind === "error" ? body : Buffer.from(request.trailers["lambda-runtime-function-error-body"] ?? "", "base64");
  await invocation.fail(reportedError("user", report, broken ?? typeHeader(request)));
  return null;
}

function reportTooLarge() {
  return failure("user", "ErrorReportTooLarge", "The program's report of its error is too long");
}

/** @param {import("node:http").IncomingMessage} request */
function typeHeader(request) {
  const header = request.headers["lambda-runtime-function-error-type"];
  return Array.isArray(header) ? header[0] : header;
}

/** @param {Response} response @param {boolean} isLambda */
function accept(response, isLambda) {
  response.writeHead(isLambda ? 202 : 200, { "Content-Type": "application/json" });
  response.end('{"status":"OK"}\n');
}

/** @param {Response} response @param {number} status @param {string} errorType @param {string} errorMessage */
function refuse(response, status, errorType, errorMessage) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify({ errorType, errorMessage })}\n`);
}
