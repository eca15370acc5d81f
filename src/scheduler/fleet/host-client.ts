import http from "node:http";
import { buffer } from "node:stream/consumers";
import { hostHeaders, issuePass, newRequestId, PlatformError, type Clock, type Host } from "../../core/index.ts";

/** Nothing of the request had reached the host: it may go to another one. */
export class HostOutOfReach extends Error {
  override readonly name = "HostOutOfReach";
  /** It did not even refuse the connection. */
  readonly isLate: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isLate?: boolean } = {}) {
    super(message, options);
    this.isLate = options.isLate ?? false;
  }
}

/** Idle connections end before the other side, which waits 75 s by default, ends them: none is met while it closes. */
const idleMs = 4_000;
const connectMs = 3_000;
const aliveAfterMs = 5_000;

/** Asks other processes of the installation, at their doors for each other. */
export class HostClient implements Disposable {
  readonly #key: Buffer;
  readonly #clock: Clock;
  /** `keepAlive` is said to the sockets, too: one to a host that lost its power ends a quarter of a minute later, calls and all. */
  readonly #agent = new http.Agent({
    keepAlive: true,
    keepAliveMsecs: aliveAfterMs,
    timeout: idleMs,
    scheduling: "lifo",
  });
  /** What is not answered yet. */
  readonly #asked = new Set<{ readonly host: Host; readonly abandoned: AbortController }>();

  /** @param key that all of them have from the database */
  constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** Hosts that owe an answer. */
  get askedHosts(): readonly Host[] {
    return [...this.#asked].map(({ host }) => host);
  }

  /** What the host answers. Rejects with HostOutOfReach, or with PlatformError when it was lost or said no. */
  async ask(
    host: Host,
    operation: string,
    body: Uint8Array | string,
    options: { signal: AbortSignal },
  ): Promise<Buffer> {
    const asked = { host, abandoned: new AbortController() };
    const abandoned = asked.abandoned.signal;
    this.#asked.add(asked);
    try {
      const { status, answer } = await this.#request(
        host,
        operation,
        body,
        AbortSignal.any([options.signal, abandoned]),
      );
      if (status === 200) return answer;
      const said = answer.toString("utf8").slice(0, 500);
      throw new PlatformError("InternalError", `Host ${host.id} answered ${operation} with ${status}: ${said}`);
    } catch (error) {
      throw abandoned.aborted && !options.signal.aborted ? lost(host, abandoned.reason) : error;
    } finally {
      this.#asked.delete(asked);
    }
  }

  /** Resolves when the host answers anything at all. Rejects as `ask` does. */
  async ping(host: Host, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#request(host, "ping", "", signal);
  }

  /** Nothing in the host answers any more: what it was asked fails for `reason`. */
  abandon({ id }: Pick<Host, "id">, reason: Error): void {
    for (const { host, abandoned } of this.#asked) if (host.id === id) abandoned.abort(reason);
  }

  async #request(
    host: Host,
    operation: string,
    body: Uint8Array | string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly answer: Buffer }> {
    const response = await this.#send(host, `/-/host/${operation}`, body, signal);
    const answer = await buffer(response).catch((cause: unknown) => {
      throw lost(host, cause);
    });
    return { status: response.statusCode ?? 0, answer };
  }

  #send(host: Host, path: string, body: Uint8Array | string, signal: AbortSignal): Promise<http.IncomingMessage> {
    const request = { method: "POST", url: path, requestId: newRequestId(), target: "" };
    const headers = {
      [hostHeaders.pass]: issuePass(this.#key, request, this.#clock.now()),
      [hostHeaders.requestId]: request.requestId,
      "content-type": "application/octet-stream",
      "content-length": Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const sent = http.request(new URL(path, host.internalUrl), {
        method: "POST",
        headers,
        agent: this.#agent,
        signal,
      });
      let isConnected = false;
      let isLate = false;
      const late = setTimeout(() => {
        isLate = true;
        sent.destroy(new Error(`no connection within ${connectMs / 1_000} s`));
      }, connectMs);
      sent.once("socket", (socket) => {
        const connected = (): void => {
          isConnected = true;
          clearTimeout(late);
        };
        if (socket.connecting) socket.once("connect", connected);
        else connected();
      });
      sent.once("response", resolve);
      sent.once("error", (cause) => {
        clearTimeout(late);
        if (signal.aborted) reject(signal.reason instanceof Error ? signal.reason : cause);
        else if (isConnected) reject(lost(host, cause));
        else reject(new HostOutOfReach(`Host ${host.id} is out of reach`, { cause, isLate }));
      });
      sent.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function lost(host: Host, cause: unknown): PlatformError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError("InstanceCrashed", `The host that ran it (${host.id}) was lost: ${reason}`, { cause });
}
