import type { Logger } from "../../core/index.ts";
import type { Invoker } from "../../scheduler/index.ts";
import type { InstallationFacts } from "../functions/function-headers.ts";
import type { Exchange } from "../listener/exchange.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { ServiceAnswer, type ServiceContext, type ServiceTarget } from "./service-answer.ts";
import type { Upgrade } from "./tunnel.ts";

interface ServiceDoorOptions {
  readonly invoker: Invoker;
  readonly facts: InstallationFacts;
  readonly logger: Logger;
  /** Whether the server stops. */
  readonly isClosing: () => boolean;
}

/** Passes requests on to instances of services. */
export class ServiceDoor {
  readonly #context: ServiceContext;

  constructor({ invoker, facts, logger, isClosing }: ServiceDoorOptions) {
    const onBug = (error: unknown): void =>
      logger.error({ err: error }, "A bug in the proxy of services: it costs one connection");
    this.#context = { invoker, facts, isClosing, onBug, pool: new ConnectionPool(onBug) };
  }

  answer(exchange: Exchange, target: ServiceTarget): void {
    new ServiceAnswer(this.#context, exchange, target, null).start();
  }

  upgrade(exchange: Exchange, target: ServiceTarget, upgrade: Upgrade): void {
    new ServiceAnswer(this.#context, exchange, target, upgrade).start();
  }

  /** Closes every upstream connection; called when no exchange runs any more. */
  close(): void {
    this.#context.pool.close();
  }
}
