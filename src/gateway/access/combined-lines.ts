import type { Exchange } from "../listener/exchange.ts";
import { pathOfUrl } from "../path-of-url.ts";
import { LoggedRequest, loggedPath } from "./logged-request.ts";

interface Fields {
  /** Address and the two names that nobody has. */
  readonly client: string;
  readonly request: string;
  readonly clientSays: string;
}

/**
 * Apache's "combined" format, which httpd and nginx write and log analysers read:
 * `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`, with the time in UTC at which the request came.
 */
export class CombinedLines {
  readonly #requests = new LoggedRequest(fieldsOf);
  #last = { second: -1, text: "" };

  line(exchange: Exchange, now: number): string {
    const { client, request, clientSays } = this.#requests.fieldsOf(exchange);
    const { httpStatus, bytesOut } = exchange;
    const came = this.#time(Math.floor((now - exchange.durationMs) / 1_000));
    return `${client} [${came}] ${request} ${httpStatus} ${bytesOut === 0 ? "-" : bytesOut} ${clientSays}\n`;
  }

  /** Every line is a request: there is no other way to say it. */
  dropped(): string {
    return "";
  }

  #time(second: number): string {
    if (second !== this.#last.second) this.#last = { second, text: apacheTime(new Date(second * 1_000)) };
    return this.#last.text;
  }
}

function fieldsOf(exchange: Exchange): Fields {
  const { request } = exchange;
  const line = `${request.method} ${loggedPath(exchange)} HTTP/${request.httpVersion}`;
  const [referer, userAgent] = refererAndAgent(request.rawHeaders);
  return {
    client: `${exchange.connection.peer.address} - -`,
    request: quoted(line),
    clientSays: `${quoted(pathOfUrl(referer))} ${quoted(userAgent)}`,
  };
}

/** What the client says of where it comes from and of what it is; a hyphen where it says nothing. */
function refererAndAgent(rawHeaders: readonly string[]): [referer: string, userAgent: string] {
  let referer = "-";
  let userAgent = "-";
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.length === 7 && name.toLowerCase() === "referer") referer = rawHeaders[i + 1] || "-";
    if (name.length === 10 && name.toLowerCase() === "user-agent") userAgent = rawHeaders[i + 1] || "-";
  }
  return [referer, userAgent];
}

/** As httpd writes what clients say: nothing of it can end the field or the line. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll(/[^ -~]+/g, hexBytes)}"`;
}

/** Text of HTTP/1.1 is bytes; of HTTP/2, and what is no byte, UTF-8. */
function hexBytes(text: string): string {
  const bytes = Buffer.from(text, /^[\0-\xff]*$/.test(text) ? "latin1" : "utf8");
  return Array.from(bytes, (byte) => String.raw`\x${byte.toString(16).padStart(2, "0")}`).join("");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `27/Nov/2026:08:05:09 +0000`. */
function apacheTime(time: Date): string {
  const [day = "", clock = ""] = time.toISOString().slice(8, 19).split("T");
  return `${day}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000`;
}
