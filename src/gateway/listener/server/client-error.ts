import type { Duplex } from "node:stream";
import { newRequestId } from "../../../core/index.ts";
import { rawErrorAnswer } from "../../errors/error-page.ts";
import { failureOfRefusal } from "../../errors/failure.ts";
import { maxPipelined } from "../connection.ts";
import { refusal, type Refusal } from "../refusal.ts";

/** What Node's HTTP parser reports about a request that it could not read. */
interface ParserError extends Error {
  readonly code?: string;
  readonly reason?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

/** The refusal for a request that Node's parser or its timers gave up; null where there is nobody to tell. */
export function refusalOfParserError(
  error: ParserError,
  limits: { headerBytes: number; headerTimeoutS: number },
): Refusal | null {
  const code = error.code ?? "";
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return refusal(431, "RequestHeadTooLarge", `The request head is larger than ${limits.headerBytes} bytes.`, {
        limit: "request head",
        value: `${limits.headerBytes} bytes`,
        setting: "GUST_HEADER_BYTES",
      });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return refusal(413, "ChunkExtensionsTooLarge", "The chunk extensions of the request body are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return refusal(408, "RequestHeadTimeout", `The request head did not arrive within ${limits.headerTimeoutS} s.`, {
        limit: "request head time",
        value: `${limits.headerTimeoutS} s`,
        setting: "GUST_HEADER_TIMEOUT_S",
      });
    case "HPE_INVALID_VERSION":
    case "HPE_PAUSED_H2_UPGRADE":
      return refusal(505, "HttpVersionUnsupported", "This HTTP version is not spoken here; use HTTP/1.1.");
    case "HPE_INVALID_METHOD":
      if (error.rawPacket?.[0] === tlsHandshake) {
        return refusal(400, "PlainHttpOnly", "This port speaks plain HTTP; use http:// instead of https://.");
      }
      return malformed(error);
    default:
      return code.startsWith("HPE_") ? malformed(error) : null;
  }
}

const tlsHandshake = 0x16;

function malformed(error: ParserError): Refusal {
  const reason = error.reason === undefined || error.reason === "" ? error.message : error.reason;
  return refusal(400, "BadRequest", `The request is not well-formed HTTP/1.1: ${reason}.`);
}

/** Answers on a connection whose request could not be read, and closes it. */
export function answerAndClose(socket: Duplex, problem: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawErrorAnswer(failureOfRefusal(problem), newRequestId()), () => socket.destroy());
}

export const noTunnels = refusal(405, "MethodNotAllowed", "CONNECT is for proxies; this is a server for functions.");

export const unknownExpectation = refusal(
  417,
  "ExpectationFailed",
  "The only expectation that can be met is 100-continue.",
);

export const tooManyPipelined = refusal(
  429,
  "TooManyPipelined",
  `More than ${maxPipelined} requests were sent ahead of their answers.`,
  {
    limit: "pipelined requests per connection",
    value: String(maxPipelined),
  },
);
