import type { Socket } from "node:net";
import path from "node:path";
import type { Route } from "../scheduler/index.ts";
import { AccessLog } from "./access/access-log.ts";
import { Traffic, type TrafficStats } from "./access/traffic.ts";
import { ApiGateway } from "./api-gateway/api-gateway.ts";
import { ApiDoor, insideLimits, outsideLimits, type BodyLimits } from "./api/api-door.ts";
import { restoreBasePath } from "./base-path.ts";
import { answerWithFunction } from "./functions/function-answer.ts";
import { functionHeaders } from "./functions/function-headers.ts";
import { takesUpgradeOf } from "./functions/takes-upgrade.ts";
import { answerWithWebSocket } from "./functions/web-socket-answer.ts";
import { shapeForPages, UrlDoor } from "./function-url/url-door.ts";
import type { Connection } from "./listener/connection.ts";
import type { Exchange } from "./listener/exchange.ts";
import type { Handlers } from "./listener/listener.ts";
import { InsideDoor } from "./inside-door.ts";
import { answerAsPlatform, type PlatformParts } from "./platform-answers.ts";
import type { DomainTargets } from "./routes/domain-routes.ts";
import type { FunctionDestination } from "./routes/function-destination.ts";
import { HostDoor } from "./hosts/host-door.ts";
import { HostForwarder } from "./hosts/host-forwarder.ts";
import type { GatewayFleet } from "./hosts/host-places.ts";
import type { PassKey } from "./hosts/host-request.ts";
import { Admission } from "./protection/admission.ts";
import { Refusals } from "./protection/refusals.ts";
import { ServiceDoor } from "./proxy/service-door.ts";
import type { Upgrade } from "./proxy/tunnel/tunnel.ts";
import { Router, type Destination } from "./router.ts";
import type { ClientRequest } from "./listener/request-body.ts";
import type { RequestHead } from "./listener/request-head.ts";
import type { ServerRequest } from "./listener/server/http-server.ts";
import type { GatewayOptions } from "./gateway-options.ts";
/** Sends each exchange to what answers it, and records it when it is over. */
export class Doors implements Handlers, AsyncDisposable {
  readonly #traffic = new Traffic();
  /** Exchanges of this turn of the loop that are not counted and logged yet. */
  readonly #ended: Exchange[] = [];
  isClosing: () => boolean = () => false;
  readonly #withTls: { isTls: boolean; tlsPort: number | null } = { isTls: true, tlsPort: null };
  readonly #withoutTls: { isTls: boolean; tlsPort: number | null } = { isTls: false, tlsPort: null };
  readonly #options: GatewayOptions;
  readonly apiGateway: ApiGateway;
  readonly #router: Router;
  readonly #platform: PlatformParts;
  readonly #services: ServiceDoor;
  readonly #urlDoor: UrlDoor;
  readonly #admission: Admission;
  /** Null where no other host may have a function. */
  readonly #forwarder: HostForwarder | null;
  readonly #refusals = new Refusals();
  readonly #accessLog: AccessLog | null;
  readonly #facts: { readonly region: string; readonly appId: string; readonly uin: string };

  constructor(options: GatewayOptions, domains: DomainTargets) {
    const { config, account, clock, logger } = options;
    this.#options = options;
    this.#admission = new Admission(config);
    this.apiGateway = new ApiGateway(options, {
      answer: (exchange, target, upgrade) => this.#answerWithFunction(exchange, target, upgrade),
      takesUpgrade: ({ head }, route) => takesUpgradeOf(head, route),
      isClosing: () => this.isClosing(),
      rates: this.#admission.rates,
    });
    const hosts = {
      urls: options.urls,
      domains,
      services: this.apiGateway.services,
      acmeThumbprint: options.acmeThumbprint,
    };
    this.#router = new Router(options.routes, hosts, config.baseDomain, options.functionsAt);
    this.#forwarder = this.#openForwarder();
    this.#platform = this.#openPlatform(outsideLimits);
    this.#facts = { region: config.region, appId: account.appId, uin: account.uin };
    this.#services = new ServiceDoor({
      invoker: options.invoker,
      facts: this.#facts,
      logger,
      isClosing: () => this.isClosing(),
    });
    this.#urlDoor = new UrlDoor({
      invoker: options.invoker,
      routes: options.routes,
      signers: { account, tokenKey: options.tokenKey },
      clock,
      answerHttp: (exchange, route) => this.#answerWithFunction(exchange, atRoot(exchange.request, route)),
      onBug: (error) => logger.error({ err: error }, "A bug in a function URL: it costs one request"),
    });
    const log = { directory: path.join(config.dataDirectory, "log"), clock, logger };
    this.#accessLog = config.accessLog === "off" ? null : new AccessLog({ ...log, format: config.accessLog });
  }

  /** What answers functions in boxes: with limits of its own, so that none of them stands in the way of callers from outside. */
  inside(): Handlers {
    return new InsideDoor(this.#openPlatform(insideLimits), this);
  }

  /** From now on TLS is spoken at this port. */
  openedTls(port: number): void {
    this.#withoutTls.tlsPort = port;
  }

  /** What answers other processes of the installation. */
  forHosts({ operations }: GatewayFleet): Handlers {
    return new HostDoor({
      pass: this.#pass,
      routes: this.#options.routes,
      operations: { ...operations, ...this.apiGateway.pushDoor.operations },
      answerHere: (exchange, target, upgrade) => this.#answerHere(exchange, target, upgrade),
      takesUpgrade: takesUpgradeOf,
    });
  }

  onExchange(exchange: Exchange): void {
    const destination = this.#route(exchange.request, exchange.head, exchange.connection);
    const problem = this.#admission.enter(exchange, destination);
    if (problem !== null) {
      if (destination.kind === "function-url") shapeForPages(exchange, destination.url);
      this.#refusals.add(exchange, problem);
    } else if (destination.kind === "function") this.#answerWithFunction(exchange, destination);
    else if (destination.kind === "function-url") this.#urlDoor.answer(exchange, destination.url);
    else if (destination.kind === "api-gateway") this.apiGateway.door.answer(exchange, destination.service);
    else answerAsPlatform(exchange, destination, this.#platform);
  }

  takesUpgrade(request: ServerRequest, connection: Connection): boolean {
    const head = connection.headOf(request);
    if (head.kind === "refusal" || head.upgrade === "") return false;
    const destination = this.#upgradeRoute(request, head, connection);
    if (destination.kind === "function") return takesUpgradeOf(head, destination.route);
    if (destination.kind !== "api-gateway") return false;
    return this.apiGateway.door.takesUpgrade(destination.service, request, head);
  }

  onUpgrade(exchange: Exchange, socket: Socket, firstBytes: Buffer): void {
    const { request, head, connection } = exchange;
    const found = this.#route(request, head, connection);
    const excess = this.#admission.checkRates(exchange, found);
    if (excess !== null) return exchange.refuse(excess, { closing: true });
    if (found.kind === "api-gateway") {
      return this.apiGateway.door.upgrade(exchange, found.service, { socket, firstBytes });
    }
    const problem = found.kind === "function-url" ? this.#urlDoor.refusalOfUpgrade(exchange, found.url) : null;
    if (problem !== null) return exchange.refuse(problem, { closing: true });
    const destination = this.#upgradeRoute(request, head, connection);
    if (destination.kind !== "function" || !takesUpgradeOf(head, destination.route)) {
      this.onExchange(exchange); // the route changed since `takesUpgrade`
      return;
    }
    this.#answerWithFunction(exchange, destination, { socket, firstBytes });
  }

  #route({ method, url }: RequestLine, head: RequestHead, { peer }: WithPeer): Destination {
    return this.#router.route(method, url, head, peer.isTls ? this.#withTls : this.#withoutTls);
  }

  /** As `route`, with what is behind a function URL in place of that. */
  #upgradeRoute(request: RequestLine, head: RequestHead, connection: WithPeer): Destination {
    const destination = this.#route(request, head, connection);
    if (destination.kind !== "function-url") return destination;
    const route = this.#urlDoor.routeOf(destination.url);
    return route === null ? destination : atRoot(request, route);
  }

  /** Counted and logged at the end of the loop's turn: answers that leave together leave right behind one another. */
  onOver(exchange: Exchange): void {
    this.#admission.leave(exchange);
    this.#forwarder?.onOver(exchange);
    if (this.#ended.length === 0) setImmediate(() => this.#account());
    this.#ended.push(exchange);
  }

  stats(): TrafficStats {
    this.#account();
    return this.#traffic.stats();
  }

  onMalformed(): void {
    this.#traffic.recordMalformed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#services.close();
    this.#forwarder?.close();
    await this.apiGateway[Symbol.asyncDispose]();
    this.#account();
    await this.#accessLog?.[Symbol.asyncDispose]();
  }

  #openPlatform(limits: BodyLimits): PlatformParts {
    const { api, account, tokenKey, findCredentials, isReady, isReadyAlone, functionsAt, clock, logger } =
      this.#options;
    const apiDoor = new ApiDoor({ api, signers: { account, tokenKey }, limits, clock, logger });
    const { pushDoor } = this.apiGateway;
    const state = { isReady, isReadyAlone, isClosing: () => this.isClosing() };
    return { apiDoor, api, findCredentials, pushDoor, ...state, functionsAt: () => functionsAt?.() ?? null };
  }

  get #pass(): PassKey {
    const { tokenKey, clock } = this.#options;
    return { key: tokenKey, now: () => clock.now() };
  }

  #openForwarder(): HostForwarder | null {
    const { fleet, logger } = this.#options;
    if (fleet === null) return null;
    const forwarder = new HostForwarder({
      places: fleet.places,
      pass: this.#pass,
      logger,
      isClosing: () => this.isClosing(),
      answerHere: (exchange, target, upgrade) => this.#answerHere(exchange, target, upgrade),
    });
    fleet.onLost((host, reason) => forwarder.giveUp(host, reason));
    return forwarder;
  }

  #account(): void {
    for (const exchange of this.#ended) this.#traffic.record(exchange);
    this.apiGateway.record(this.#ended);
    if (this.#ended.length > 0) this.#accessLog?.record(this.#ended);
    this.#ended.length = 0;
  }

  #answerWithFunction(exchange: Exchange, target: FunctionDestination, upgrade: Upgrade | null = null): void {
    name(exchange, target.route);
    if (this.#forwarder !== null) this.#forwarder.answer(exchange, target, upgrade);
    else this.#answerHere(exchange, target, upgrade);
  }

  /** With what runs on this host. */
  #answerHere(exchange: Exchange, target: FunctionDestination, upgrade: Upgrade | null): void {
    const { route, path: to, prefix } = target;
    name(exchange, route);
    if (prefix !== "") restoreBasePath(exchange, prefix);
    if (route.form === "service") {
      if (upgrade === null) this.#services.answer(exchange, target);
      else this.#services.upgrade(exchange, target, upgrade);
      return;
    }
    if (upgrade !== null) {
      const { invoker, logger } = this.#options;
      const parts = { invoker, logger, facts: this.#facts, isClosing: () => this.isClosing() };
      return answerWithWebSocket(exchange, target, upgrade, parts);
    }
    const headers = functionHeaders(exchange.head, route, prefix, this.#facts);
    answerWithFunction(exchange, this.#options.invoker, { route, path: to, headers });
  }
}

type RequestLine = Pick<ClientRequest, "method" | "url">;
type WithPeer = Pick<Connection, "peer">;

/** A function whose host is its own: nothing is taken off the path. */
function atRoot(
  { url }: Pick<ClientRequest, "url">,
  route: Route,
): { readonly kind: "function" } & FunctionDestination {
  return { kind: "function", route, path: url, prefix: "" };
}

function name(exchange: Exchange, route: Route): void {
  exchange.kind = route.form === "service" ? "service" : "function";
  exchange.route = route;
}
