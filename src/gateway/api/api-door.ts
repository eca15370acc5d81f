import { createHash, type Hash } from "node:crypto";
import { PlatformError, type ApiCall, type ApiFields, type Clock, type Logger } from "../../core/index.ts";
import { queryOfUrl } from "../path-of-url.ts";
import type { Problem, Signer, Signers } from "../authenticate/find-signer.ts";
import { hostCandidates } from "../authenticate/signed-request.ts";
import { readTc3Claim, verifyTc3, type Tc3Claim } from "../authenticate/tc3.ts";
import { verifyV1, withoutEnvelope } from "../authenticate/v1.ts";
import type { Answerer } from "../listener/answer/answerer.ts";
import type { Exchange } from "../listener/exchange.ts";

/** The management API behind the door. */
export interface Api {
  /** The text of the answer's JSON envelope; never rejects. */
  call(call: ApiCall, options: { signal: AbortSignal }): Promise<string>;
  /** The package that a link of GetFunctionAddress stands for; null when the link is wrong or too old. */
  download(token: string): Promise<{ readonly name: string; readonly body: Buffer } | null>;
}

/** How much a door takes from its callers. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Of a body that is a form: it is parsed in one go. */
  readonly maxFormBytes: number;
  /** Bodies of all its calls together that are in memory at a time. */
  readonly maxBufferedBytes: number;
}

const mebibyte = 1024 * 1024;

/** A package of 50 MiB in base64, and room for the rest of the fields. */
const largestPackage = 72 * mebibyte;

/** For callers from outside. */
export const outsideLimits: BodyLimits = {
  maxBytes: largestPackage,
  maxFormBytes: largestPackage,
  maxBufferedBytes: 4 * largestPackage,
};

/** For functions in boxes, of which any may be hostile: an event of 6 MiB whose every character is escaped, and forms that cost 10 ms. */
export const insideLimits: BodyLimits = {
  maxBytes: 16 * mebibyte,
  maxFormBytes: mebibyte,
  maxBufferedBytes: 64 * mebibyte,
};

/** Reads, authenticates and passes on calls of the management API. Every answer is HTTP 200 with a JSON envelope. */
export class ApiDoor {
  readonly #api: Api;
  readonly #signers: Signers;
  readonly #limits: BodyLimits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #budget = { bytes: 0 };

  constructor(options: { api: Api; signers: Signers; limits: BodyLimits; clock: Clock; logger: Logger }) {
    this.#api = options.api;
    this.#signers = options.signers;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  answer(exchange: Exchange): void {
    exchange.kind = "api";
    const reading = new ApiReading(exchange, {
      signers: this.#signers,
      limits: this.#limits,
      now: this.#clock.now(),
      budget: this.#budget,
      onCall: (call, options) => this.#pass(exchange, call, options),
    });
    reading.start();
  }

  async #pass(exchange: Exchange, call: ApiCall, options: { signal: AbortSignal }): Promise<void> {
    try {
      const text = await this.#api.call(call, options);
      exchange.reply(200, ["content-type", "application/json"], Buffer.from(text));
    } catch (error) {
      this.#logger.error(
        { err: error, action: call.action, requestId: call.requestId },
        "An API call was not answered",
      );
      exchange.fail(
        new PlatformError("InternalError", "The API call failed inside the platform; its log has the reason."),
      );
    }
  }
}

interface ReadingContext {
  readonly signers: Signers;
  readonly limits: BodyLimits;
  readonly now: number;
  readonly budget: { bytes: number };
  /** Never rejects. The body's memory is in use until it resolves. */
  onCall(call: ApiCall, options: { signal: AbortSignal }): Promise<void>;
}

type BodyKind = "json" | "form" | "none";

/** Collects and hashes the body of one API call, then says who signed it. */
class ApiReading implements Answerer {
  readonly #exchange: Exchange;
  readonly #context: ReadingContext;
  readonly #query: string;
  #bodyKind: BodyKind = "none";
  #claim: Tc3Claim | null = null;
  #hash: Hash | null = null;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** The body has been read, or refused. */
  #isOver = false;
  readonly #clientGone = new AbortController();

  constructor(exchange: Exchange, context: ReadingContext) {
    this.#exchange = exchange;
    this.#context = context;
    this.#query = queryOfUrl(exchange.request.url);
  }

  start(): void {
    const { request, head } = this.#exchange;
    const { method } = request;
    this.#exchange.own(this);
    if (method !== "POST" && method !== "GET") {
      this.#refuse("UnsupportedProtocol", `The API takes POST and GET, not ${method}.`);
      return;
    }
    const isSignedByHeader = head.isApiCall || request.headers.authorization !== undefined;
    if (isSignedByHeader) {
      const claim = readTc3Claim(request.headers, method, this.#context.signers, this.#context.now);
      if (claim.kind === "problem") {
        this.#refuse(claim.code, claim.message);
        return;
      }
      this.#claim = claim;
      if (claim.signsPayload) this.#hash = createHash("sha256");
    }
    if (method === "POST" && !this.#readContentType(head.contentType)) return;
    if ((head.bodyLength ?? 0) > this.#maxBytes) {
      this.#refuseSize();
      return;
    }
    if (head.bodyLength === 0) this.onBodyEnd();
    else this.#exchange.readBody();
  }

  #readContentType(contentType: string): boolean {
    const [mediaType = ""] = contentType.toLowerCase().split(";");
    if (mediaType.trim() === "application/json") this.#bodyKind = "json";
    else if (mediaType.trim() === "application/x-www-form-urlencoded") this.#bodyKind = "form";
    else {
      this.#refuse(
        "UnsupportedProtocol",
        `The Content-Type "${contentType.slice(0, 80)}" is not understood; send application/json or application/x-www-form-urlencoded.`,
      );
      return false;
    }
    return true;
  }

  onBody(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    const { budget, limits } = this.#context;
    this.#bytes += chunk.length;
    budget.bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#refuseSize();
    else if (budget.bytes > limits.maxBufferedBytes) {
      this.#refuse("RequestLimitExceeded", "Too many large API calls are under way; try again in a moment.");
    } else {
      this.#hash?.update(chunk);
      this.#pieces.push(chunk);
    }
    return true;
  }

  onBodyEnd(): void {
    if (this.#isOver) return;
    const body = Buffer.concat(this.#pieces, this.#bytes);
    const parameters =
      this.#bodyKind === "json" ? null : readPairs(this.#bodyKind === "form" ? body.toString() : this.#query);
    const signer = this.#verify(parameters);
    const isV1 = this.#claim === null;
    const fields: ApiFields =
      parameters === null
        ? { kind: "json", body }
        : { kind: "flat", pairs: isV1 ? withoutEnvelope(parameters) : parameters };
    this.#finish(signer, fields, parameters);
  }

  onClientDrain(): void {}

  onClientGone(): void {
    this.#clientGone.abort();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveBack();
  }

  get #maxBytes(): number {
    const { maxBytes, maxFormBytes } = this.#context.limits;
    return this.#bodyKind === "form" ? maxFormBytes : maxBytes;
  }

  #verify(parameters: ReadonlyMap<string, string> | null): Signer | Problem {
    const { request, head } = this.#exchange;
    const { signers, now } = this.#context;
    const hosts = hostCandidates(head.authority);
    const { method } = request;
    if (this.#claim !== null) {
      const payloadHash = this.#hash?.digest("hex") ?? "";
      const signed = { method, query: this.#query, headers: request.headers, hosts, payloadHash };
      return verifyTc3(this.#claim, signed) ?? this.#claim.signer;
    }
    if (parameters?.has("Action")) return verifyV1(parameters, signers, { method, hosts, now });
    return {
      kind: "problem",
      code: "MissingParameter",
      message: "The action is missing: send X-TC-Action, or the parameter Action.",
    };
  }

  #refuseSize(): void {
    this.#refuse("RequestSizeLimitExceeded", `The request body is larger than ${this.#maxBytes} bytes.`);
  }

  /** What is wrong travels inward as the caller, so that all envelopes are made in one place. */
  #refuse(code: string, message: string): void {
    this.#finish({ kind: "problem", code, message }, { kind: "json", body: Buffer.alloc(0) }, null);
  }

  #finish(signer: Signer | Problem, fields: ApiFields, parameters: ReadonlyMap<string, string> | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pieces = [];
    const { request, head, connection, requestId, trace } = this.#exchange;
    const common = (header: string, name: string): string => {
      const value = request.headers[header];
      return typeof value === "string" ? value : this.#claim === null ? (parameters?.get(name) ?? "") : "";
    };
    const call: ApiCall = {
      requestId,
      trace,
      action: common("x-tc-action", "Action"),
      version: common("x-tc-version", "Version"),
      region: common("x-tc-region", "Region"),
      language: common("x-tc-language", "Language") || "en-US",
      origin: originOf(head.authority, connection.peer.isTls ? "https" : request.headers["x-forwarded-proto"]),
      caller: callerOf(signer),
      fields,
    };
    void this.#context.onCall(call, { signal: this.#clientGone.signal }).then(() => this.#giveBack());
  }

  /** The memory of the body is free again; what still comes is read and thrown away. */
  #giveBack(): void {
    this.#context.budget.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#pieces = [];
  }
}

function callerOf(signer: Signer | Problem): ApiCall["caller"] {
  if (signer.kind === "signer") return { kind: "principal", principal: signer.principal };
  const { code, message } = signer;
  return { kind: "refused", problem: { code, message } };
}

function readPairs(text: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(text));
}

function originOf(authority: string, forwardedProto: string | string[] | undefined): string {
  const isTls = typeof forwardedProto === "string" && forwardedProto.startsWith("https");
  return `${isTls ? "https" : "http"}://${authority.replace(/^https?:\/\//, "")}`;
}
