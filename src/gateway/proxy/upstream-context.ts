import type { ServiceSlot } from "../../scheduler/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { FunctionDestination } from "../routes/function-destination.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Upgrade } from "./tunnel/tunnel.ts";
import type { explainFailure } from "./upstream-failure.ts";

/** The right to use an upstream once. */
export type UpstreamSlot = Omit<ServiceSlot, "version">;

/** What answering from an upstream needs: an instance of a service, or the host that has a function. */
export interface UpstreamContext<Slot extends UpstreamSlot> {
  readonly pool: ConnectionPool;
  /** `signal` is only read when it has to wait. */
  acquire(
    exchange: Exchange,
    target: FunctionDestination,
    options: { readonly signal: AbortSignal },
  ): Slot | Promise<Slot>;
  /** The head of the request as the upstream gets it, with its empty line. */
  requestText(exchange: Exchange, target: FunctionDestination, slot: Slot, isUpgrade: boolean): string;
  explainFailure: typeof explainFailure;
  /** The upstream cannot have read a byte of the request, and the request can be read from its start again. True: something else answers it now. */
  goElsewhere(exchange: Exchange, target: FunctionDestination, slot: Slot, upgrade: Upgrade | null): boolean;
  /** The server stops: what has no end of its own is not begun any more. */
  isClosing(): boolean;
  /** A callback threw: a bug of ours, which costs its connection and not the server. Must not throw. */
  onBug(error: unknown): void;
}
