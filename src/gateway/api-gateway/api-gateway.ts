import type { Clock, Logger } from "../../core/index.ts";
import type { Invoker, Route, Routes } from "../../scheduler/index.ts";
import type { ApiLogs } from "../../telemetry/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { Upgrade } from "../proxy/tunnel/tunnel.ts";
import type { FunctionDestination } from "../routes/function-destination.ts";
import { PlanUses } from "./access/plan-uses.ts";
import { RequestLimits, type FunctionRates } from "./access/request-limits.ts";
import { ApiGatewayDoor } from "./api-gateway-door.ts";
import { apiLogOf } from "./api-log-of.ts";
import type { ApiGatewaySource } from "./api-gateway-source.ts";
import { openEventSink } from "./backends/event-sink.ts";
import { HttpClient } from "./backends/http/http-client.ts";
import { ApiServices } from "./services/api-services.ts";
import { EventCalls } from "./web-socket/event-calls.ts";
import { EventConnections } from "./web-socket/event-connections.ts";
import { LostEvents } from "./web-socket/lost-events.ts";
import { PushDoor, type OtherHosts } from "./web-socket/push-door.ts";

interface ApiGatewayOptions {
  readonly config: { readonly backendAllow: readonly string[]; readonly boxRange?: string | undefined };
  readonly apiGatewaySource: ApiGatewaySource;
  readonly account: { readonly appId: string };
  readonly tokenKey: Buffer;
  readonly invoker: Invoker;
  readonly routes: Routes;
  /** Null: this process is alone. */
  readonly fleet: (OtherHosts & { readonly selfId: string }) | null;
  readonly apiLogs: Pick<ApiLogs, "record">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the API gateway has others do. */
interface Functions {
  /** Answers with an HTTP function or a service, as at its own domain. */
  answer(exchange: Exchange, to: FunctionDestination, upgrade: Upgrade | null): void;
  takesUpgrade(exchange: Exchange, route: Route): boolean;
  isClosing(): boolean;
  /** What all requests to a function count for, whichever way they came. */
  readonly rates: FunctionRates;
}

/** The API gateway: its services in memory, what answers for them, and what they hold. States: `new → open → closed`. */
export class ApiGateway implements AsyncDisposable {
  readonly services: ApiServices;
  readonly door: ApiGatewayDoor;
  readonly pushDoor: PushDoor;
  readonly #uses: PlanUses;
  readonly #client: HttpClient;
  readonly #connections: EventConnections;
  readonly #lost: LostEvents;
  readonly #logs: Pick<ApiLogs, "record">;
  readonly #clock: Clock;

  constructor(options: ApiGatewayOptions, functions: Functions) {
    const { config, apiGatewaySource: source, account, tokenKey, invoker, routes, clock, logger } = options;
    this.services = new ApiServices(source, logger, () => this.#uses.changed());
    const { fleet } = options;
    this.#logs = options.apiLogs;
    this.#clock = clock;
    const onBug = (error: unknown): void =>
      logger.error({ err: error }, "A bug in the API gateway: it costs one request");
    this.#connections = new EventConnections(fleet?.selfId ?? "");
    this.pushDoor = new PushDoor({ connections: this.#connections, tokenKey, others: fleet, onBug });
    this.#uses = new PlanUses(source.apiGateway.published, logger, () => this.services.hasQuota());
    this.#client = new HttpClient(config.backendAllow, config.boxRange === undefined ? [] : [config.boxRange]);
    this.#lost = new LostEvents(logger);
    const events = openEventSink({ ...source, clock });
    this.door = new ApiGatewayDoor({
      invoker,
      routes,
      events,
      eventCalls: new EventCalls({ invoker, events, lost: this.#lost }),
      limits: new RequestLimits(this.#uses, functions.rates, clock),
      client: this.#client,
      connections: this.#connections,
      tokenKey,
      appId: account.appId,
      clock,
      isClosing: () => functions.isClosing(),
      answerHttp: (exchange, target) => functions.answer(exchange, target, null),
      upgradeHttp: (exchange, target, upgrade) =>
        functions.answer(exchange, target, functions.takesUpgrade(exchange, target.route) ? upgrade : null),
      onBug,
    });
  }

  /** Takes exchanges that are over. */
  record(exchanges: readonly Exchange[]): void {
    const now = this.#clock.now();
    for (const exchange of exchanges) {
      if (exchange.api !== null) this.#logs.record(apiLogOf(exchange, exchange.api, now));
    }
  }

  /** Rejects when the store cannot tell what is published. */
  async open(): Promise<void> {
    await this.services.open();
    await this.#uses.open(); // knows by the services whether there are quotas
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
    this.#connections[Symbol.dispose]();
    this.#lost[Symbol.dispose]();
    await this.services[Symbol.asyncDispose]();
    await this.#uses[Symbol.asyncDispose]();
  }
}
