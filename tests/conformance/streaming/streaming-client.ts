import { once } from "node:events";
import http from "node:http";
import http2, { constants } from "node:http2";
import type { Readable, Writable } from "node:stream";

/**
 * How a request comes in: `direct` is read from the socket by the platform's own reader, `node` by Node's parser (any
 * request whose body is streamed is), `h2` is a stream of HTTP/2 over TLS.
 */
export type Way = "direct" | "node" | "h2";

interface StreamedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readable;
  /** Once the body has ended. */
  trailers(): Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request on a connection of its own, both of whose sides are in the hands of the test. */
export interface StreamedRequest extends AsyncDisposable {
  readonly body: Writable;
  readonly answer: Promise<StreamedAnswer>;
  /** Informational answers so far: status and link. */
  readonly informed: readonly string[];
  /** 100 has come. */
  readonly permitted: Promise<void>;
  /** Ends the body with trailers. */
  endWith(trailers: Readonly<Record<string, string>>): void;
  /** Leaves as a client that was killed: RST of the connection, or of the stream. */
  reset(): void;
  /** Leaves as a client that is done: FIN of the connection. */
  close(): void;
}

/** `tlsUrl`: the platform's own address with TLS. */
export function open(way: Way, tlsUrl: string, url: string, options: RequestOptions = {}): StreamedRequest {
  return way === "h2" ? overHttp2(tlsUrl, url, options) : overHttp1(way, url, options);
}

/** What is left of an answer's body. */
export async function rest(body: Readable): Promise<string> {
  let text = "";
  for await (const chunk of body.setEncoding("latin1")) text += chunk;
  return text;
}

/** The next piece of a body. */
export async function piece(body: Readable): Promise<string> {
  for (;;) {
    const chunk: Buffer | string | null = body.read();
    if (chunk !== null) return chunk.toString("latin1");
    if (body.readableEnded || body.destroyed) throw new Error("the body is over");
    await once(body, "readable");
  }
}

function overHttp1(
  way: "direct" | "node",
  url: string,
  { method = "GET", headers = {} }: RequestOptions,
): StreamedRequest {
  const agent = new http.Agent();
  // a header of proxies, which makes a request one for Node's parser
  const marked = way === "node" ? { ...headers, "proxy-connection": "keep-alive" } : headers;
  const request = http.request(url, { method, headers: marked, agent });
  const informed: string[] = [];
  request.on("information", ({ statusCode, headers: { link } }) =>
    informed.push(`${statusCode} ${String(link ?? "")}`.trim()),
  );
  request.on("error", ignore); // whoever awaits the answer learns of it
  const answer = once(request, "response").then(([response]: http.IncomingMessage[]): StreamedAnswer => {
    if (response === undefined) throw new Error("no answer");
    response.on("error", ignore);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: response,
      trailers: () => response.trailers,
    };
  });
  answer.catch(ignore);
  if (method === "GET" || method === "HEAD") request.end();
  else if (headers["content-length"] === undefined || headers["expect"] !== undefined) request.flushHeaders();
  return {
    body: request,
    answer,
    informed,
    permitted: once(request, "continue").then(ignore, ignore),
    endWith: (trailers) => {
      request.addTrailers(trailers);
      request.end();
    },
    reset: () => void request.socket?.resetAndDestroy(),
    close: () => void request.socket?.end(),
    async [Symbol.asyncDispose]() {
      const { socket } = request;
      request.destroy();
      agent.destroy();
      if (socket !== null && !socket.closed) await once(socket, "close");
    },
  };
}

function overHttp2(tlsUrl: string, url: string, { method = "GET", headers = {} }: RequestOptions): StreamedRequest {
  const { host, pathname, search } = new URL(url);
  const session = http2.connect(tlsUrl, { rejectUnauthorized: false });
  session.on("error", ignore);
  const hasBody = method !== "GET" && method !== "HEAD";
  const own = { ":method": method, ":path": pathname + search, ":authority": host };
  const stream = session.request({ ...own, ...headers }, { endStream: !hasBody, waitForTrailers: hasBody });
  const informed: string[] = [];
  stream.on("headers", (fields) => informed.push(`${fields[":status"]} ${String(fields["link"] ?? "")}`.trim()));
  stream.on("error", ignore);
  let trailers: http2.IncomingHttpHeaders = {};
  let last: Readonly<Record<string, string>> = {};
  stream.on("trailers", (fields) => (trailers = fields));
  stream.on("wantTrailers", () => stream.sendTrailers(last));
  const answer = once(stream, "response").then(([fields]: http2.IncomingHttpHeaders[]): StreamedAnswer => {
    const answered = fields as http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader; // event signature of http2
    return { status: answered[":status"] ?? 0, headers: answered, body: stream, trailers: () => trailers };
  });
  answer.catch(ignore);
  return {
    body: stream,
    answer,
    informed,
    permitted: once(stream, "continue").then(ignore, ignore),
    endWith: (fields) => {
      last = fields;
      stream.end();
    },
    reset: () => stream.close(constants.NGHTTP2_CANCEL),
    close: () => session.destroy(),
    async [Symbol.asyncDispose]() {
      if (session.closed) return;
      const closed = once(session, "close");
      session.destroy();
      await closed;
    },
  };
}

function ignore(): void {}
