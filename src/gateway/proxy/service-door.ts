import type { Socket } from "node:net";
import type { Invoker, Route } from "../../scheduler/index.ts";
import type { InstallationFacts } from "../functions/function-headers.ts";
import type { Exchange } from "../listener/exchange.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { ServiceAnswer } from "./service-answer.ts";

/** Where in a service a request goes. */
export interface ServiceTarget {
  readonly route: Route;
  readonly path: string;
  readonly prefix: string;
}

/** The client's side of a change of protocol. */
export interface Upgrade {
  readonly socket: Socket;
  /** Bytes that came right behind the request. */
  readonly firstBytes: Buffer;
}

/** What answering from a service needs. */
export interface ServiceContext {
  readonly invoker: Invoker;
  readonly facts: InstallationFacts;
  readonly pool: ConnectionPool;
}

/** Passes requests on to instances of services. */
export class ServiceDoor {
  readonly #context: ServiceContext;

  constructor(options: { invoker: Invoker; facts: InstallationFacts }) {
    this.#context = { ...options, pool: new ConnectionPool() };
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
