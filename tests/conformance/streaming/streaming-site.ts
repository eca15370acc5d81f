import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { open, piece, rest, type RequestOptions, type StreamedRequest, type Way } from "./streaming-client.ts";

export const kib64 = "x".repeat(65_536);
/** What may be under way between two ends of which one takes nothing: buffers of the system (6 MB each at most) and ours. */
export const mostUnderWay = 40 * 1024 * 1024;

let ids = 0;

/** One form, deployed. */
export class StreamingSite {
  readonly #url: string;
  readonly #tlsUrl: string;

  /** `tlsUrl`: the platform's own address with TLS. */
  constructor(url: string, tlsUrl: string) {
    this.#url = url;
    this.#tlsUrl = tlsUrl;
  }

  get url(): URL {
    return new URL(this.#url);
  }

  open(way: Way, target: string, options: RequestOptions = {}): StreamedRequest {
    return open(way, this.#tlsUrl, `${this.#url}${target}`, options);
  }

  post(way: Way, target: string, headers: Readonly<Record<string, string>> = {}): StreamedRequest {
    return this.open(way, target, { method: "POST", headers });
  }

  async ask(target: string): Promise<string> {
    return (await fetch(`${this.#url}${target}`)).text();
  }

  /** Bytes that a call has taken or given, once that has come to a standstill, or to too many. */
  async standstill(id: string): Promise<number> {
    let last = -1;
    for (;;) {
      const bytes = Number(await this.ask(`count?id=${id}`));
      if ((bytes === last && bytes > 0) || bytes > mostUnderWay) return bytes;
      last = bytes;
      await once(AbortSignal.timeout(40), "abort");
    }
  }
}

export async function bodyOf(request: StreamedRequest): Promise<string> {
  return rest((await request.answer).body);
}

export async function write(body: Writable, text: string): Promise<void> {
  if (!body.write(text)) await once(body, "drain");
}

/** Writes until nothing is taken any more, or too much. */
export async function writeUntilHeld(body: Writable): Promise<number> {
  let written = 0;
  while (written < mostUnderWay) {
    written += kib64.length;
    if (body.write(kib64)) continue;
    const held = AbortSignal.timeout(150);
    const drained = await once(body, "drain", { signal: held }).catch(() => null);
    if (drained === null) break;
  }
  return written;
}

export async function read(body: Readable, bytes: number): Promise<void> {
  for (let taken = 0; taken < bytes;) taken += (await piece(body)).length;
}

export function newId(): string {
  return String(++ids);
}

/** The best of three: other tests use the machine, too. */
export async function fastest(attempt: (id: string) => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let n = 0; n < 3 && best > 100; n++) best = Math.min(best, await attempt(newId()));
  return best;
}

/** Milliseconds until the handler knew. */
export async function leave(
  site: StreamingSite,
  request: StreamedRequest,
  how: "reset" | "close",
  id: string,
): Promise<number> {
  const leftAt = Date.now();
  request[how]();
  return Number(await site.ask(`gone?id=${id}`)) - leftAt;
}
