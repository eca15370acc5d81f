import { PlatformError, type Host, type Logger } from "../../core/index.ts";
import { collectBody } from "../collect-body.ts";
import { fromGateway } from "../listener/answer-head.ts";
import { DirectRequest } from "../listener/direct/direct-request.ts";
import type { Exchange } from "../listener/exchange.ts";
import { ConnectionPool } from "../proxy/connection-pool.ts";
import type { Upgrade } from "../proxy/tunnel/tunnel.ts";
import { UpstreamAnswer } from "../proxy/upstream-answer.ts";
import type { UpstreamContext, UpstreamSlot } from "../proxy/upstream-context.ts";
import { explainFailure } from "../proxy/upstream-failure.ts";
import type { FunctionDestination } from "../routes/function-destination.ts";
import type { HostPlaces } from "./host-places.ts";
import { hostRequestText, type PassKey } from "./host-request.ts";

interface ForwarderOptions {
  readonly places: HostPlaces;
  readonly pass: PassKey;
  readonly logger: Logger;
  readonly isClosing: () => boolean;
  /** Answers with what runs on this host. */
  readonly answerHere: (exchange: Exchange, target: FunctionDestination, upgrade: Upgrade | null) => void;
}

interface HostSlot extends UpstreamSlot {
  readonly to: Host;
}

/**
 * A body of this announced size is read whole first, so that it can go to another host also when a connection turns out to be one that the first had ended.
 * Of a larger one nothing is read before the connection stands.
 */
const repeatableBytes = 64 * 1024;

/** Sends each request of a function to the host that has it, which may be this one. */
export class HostForwarder {
  readonly #options: ForwarderOptions;
  readonly #context: UpstreamContext<HostSlot>;
  readonly #budget = { bytes: 0 };
  /** Where exchanges under way were placed. */
  readonly #placed = new Map<Exchange, Host>();

  constructor(options: ForwarderOptions) {
    const { pass, logger, isClosing } = options;
    const onBug = (error: unknown): void =>
      logger.error({ err: error }, "A bug in the proxy between hosts: it costs one connection");
    this.#options = options;
    this.#context = {
      isClosing,
      onBug,
      explainFailure: explainLostHost,
      pool: new ConnectionPool(onBug),
      acquire: (exchange) => slotAt(this.#placed.get(exchange)),
      requestText: (exchange, target, _slot, isUpgrade) => hostRequestText(exchange, target, pass, isUpgrade),
      goElsewhere: (exchange, target, { to }, upgrade) => this.#goElsewhere(exchange, target, to, upgrade),
    };
  }

  /** What was sent to the host will not be answered. */
  giveUp(host: Host, { message }: Error): void {
    this.#context.pool.breakOff(instanceIdOf(host), message);
  }

  answer(exchange: Exchange, target: FunctionDestination, upgrade: Upgrade | null): void {
    const { places, answerHere } = this.#options;
    const { namespace, name } = target.route;
    if (places.isAlone || places.staysHere(namespace, name)) return answerHere(exchange, target, upgrade);
    const host = places.place(namespace, name);
    if (host !== null) this.#placed.set(exchange, host);
    if (host === null || places.isSelf(host)) return answerHere(exchange, target, upgrade);
    const forward = (): void => new UpstreamAnswer(this.#context, exchange, target, upgrade).start();
    if (!isToBeCollected(exchange)) return forward();
    collectBody(exchange, this.#budget, (body) => {
      exchange.collected = body;
      exchange.bytesIn = 0;
      forward();
    });
  }

  onOver(exchange: Exchange): void {
    const host = this.#placed.get(exchange);
    if (host === undefined) return;
    this.#placed.delete(exchange);
    this.#options.places.release(host);
  }

  /** Called when no exchange runs any more. */
  close(): void {
    this.#context.pool.close();
  }

  /** This host is never out of reach of itself, so that it ends here at the latest. */
  #goElsewhere(exchange: Exchange, target: FunctionDestination, host: Host, upgrade: Upgrade | null): boolean {
    this.#options.places.suspect(host);
    this.onOver(exchange);
    this.answer(exchange, target, upgrade);
    return true;
  }
}

function isToBeCollected({ head, collected, request }: Exchange): boolean {
  const isSmall = head.bodyLength !== null && head.bodyLength > 0 && head.bodyLength <= repeatableBytes;
  return isSmall && collected === null && !(request instanceof DirectRequest);
}

const addresses = new WeakMap<Host, { readonly host: string; readonly port: number }>();

function slotAt(to: Host | undefined): HostSlot {
  if (to === undefined) throw new Error("a request is forwarded that has no place");
  let address = addresses.get(to);
  if (address === undefined) {
    const { hostname, port } = new URL(to.internalUrl);
    address = { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
    addresses.set(to, address);
  }
  return {
    ...address,
    to,
    instanceId: instanceIdOf(to),
    shownHeaders: fromGateway,
    explainBreak: () => null,
    release: () => undefined, // its place is given back when the exchange is over
  };
}

function instanceIdOf({ id, startedAt }: Host): string {
  return `${id} ${startedAt}`;
}

const explainLostHost: typeof explainFailure = (failure, subject) => {
  if (failure.kind === "stopping") return explainFailure(failure, subject);
  const reason = "message" in failure ? failure.message : "it took no connection in time";
  const message = `The host that ran this call of ${subject} was lost: ${reason}. Whether it ran is not known.`;
  return { layer: "gateway", httpStatus: 502, error: new PlatformError("InstanceCrashed", message) };
};
