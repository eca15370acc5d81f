import type { PlatformError } from "../../core/index.ts";
import type { HttpCall } from "../../scheduler/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import { screenTrailers } from "../listener/answer-head.ts";
import { Tunnel, type TunnelPeer, type Upgrade } from "../proxy/tunnel/tunnel.ts";

interface FunctionTunnelOptions {
  readonly exchange: Exchange;
  readonly upgrade: Upgrade;
  /** Seconds of silence after which the tunnel ends. */
  readonly idleS: number | null;
  readonly call: HttpCall;
  /** A callback threw: a bug of ours, which costs its tunnel and not the server. Must not throw. */
  onBug(error: unknown): void;
}

/**
 * A WebSocket of an HTTP function: bytes of the client are the call's, both ways, at the pace of the call's credit.
 * States: `open → over`, by either side; a call that still runs then is cancelled.
 */
export class FunctionTunnel implements TunnelPeer {
  readonly #options: FunctionTunnelOptions;
  readonly #tunnel: Tunnel;
  #isCallOver = false;
  /** Bytes written to a client that has not taken them yet. */
  #ungranted = 0;

  constructor(options: FunctionTunnelOptions) {
    this.#options = options;
    this.#tunnel = new Tunnel({ ...options, peer: this });
  }

  /** `pairs`: headers of the function's answer. */
  open(pairs: readonly string[]): void {
    const own = screenTrailers(pairs).flat(); // such as may stand anywhere; what changes the protocol is ours to say
    this.#tunnel.open(["connection", "Upgrade", "upgrade", "websocket", ...own]);
  }

  write(chunk: Buffer): boolean {
    return this.#options.call.write(chunk);
  }

  end(): void {
    this.#options.call.end();
  }

  onClientDrain(): void {
    const bytes = this.#ungranted;
    this.#ungranted = 0;
    if (bytes > 0) this.#options.call.grant(bytes);
  }

  onOver(status: number): void {
    if (!this.#isCallOver) this.#options.call.cancel(status);
  }

  /** The call takes bytes again. */
  onDrain(): void {
    this.#tunnel.resumeClient();
  }

  /** Valid during the call only. */
  onData(chunk: Buffer): void {
    this.#ungranted += chunk.length;
    if (this.#tunnel.toClient(Buffer.from(chunk))) this.onClientDrain();
  }

  onEnd(): void {
    this.#isCallOver = true;
    this.#tunnel.end();
  }

  onError(error: PlatformError): void {
    this.#isCallOver = true;
    this.#options.exchange.scfStatus = error.status;
    if (error.code === "TimeLimitReached")
      this.#tunnel.close("the time limit of the function is reached", error.status);
    else this.#tunnel.end();
  }
}
