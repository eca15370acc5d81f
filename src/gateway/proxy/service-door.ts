import type { FunctionDestination } from "../routes/function-destination.ts";
import type { Logger } from "../../core/index.ts";
import type { Invoker, ServiceSlot } from "../../scheduler/index.ts";
import type { InstallationFacts } from "../functions/function-headers.ts";
import type { Exchange } from "../listener/exchange.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { requestText } from "./request-text.ts";
import type { Upgrade } from "./tunnel/tunnel.ts";
import { UpstreamAnswer } from "./upstream-answer.ts";
import type { UpstreamContext } from "./upstream-context.ts";
import { explainFailure } from "./upstream-failure.ts";

interface ServiceDoorOptions {
  readonly invoker: Invoker;
  readonly facts: InstallationFacts;
  readonly logger: Logger;
  /** Whether the server stops. */
  readonly isClosing: () => boolean;
}

/** Passes requests on to instances of services. */
export class ServiceDoor {
  readonly #context: UpstreamContext<ServiceSlot>;

  constructor({ invoker, facts, logger, isClosing }: ServiceDoorOptions) {
    const onBug = (error: unknown): void =>
      logger.error({ err: error }, "A bug in the proxy of services: it costs one connection");
    this.#context = {
      isClosing,
      onBug,
      explainFailure,
      pool: new ConnectionPool(onBug),
      acquire: ({ requestId }, { route }, options) => {
        const target = { namespace: route.namespace, name: route.name, qualifier: route.qualifier };
        return invoker.acquireService({ requestId, target, kind: "http", retry: 0 }, options);
      },
      requestText: ({ request, head, requestId, trace }, { path, prefix }, { version }, isUpgrade) => {
        const { method } = request;
        return requestText({ method, path, prefix, head, requestId, trace, version, facts, isUpgrade });
      },
      goElsewhere: () => false, // the invoker chose: a server that takes no connection is looked at, and its call told
    };
  }

  answer(exchange: Exchange, target: FunctionDestination): void {
    new UpstreamAnswer(this.#context, exchange, target, null).start();
  }

  upgrade(exchange: Exchange, target: FunctionDestination, upgrade: Upgrade): void {
    new UpstreamAnswer(this.#context, exchange, target, upgrade).start();
  }

  /** Closes every upstream connection; called when no exchange runs any more. */
  close(): void {
    this.#context.pool.close();
  }
}
