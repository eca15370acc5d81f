import type { Host } from "../../core/index.ts";
import type { HostOperation } from "../../scheduler/index.ts";

/** Chooses the host of each call; structurally the scheduler's fleet. */
export interface HostPlaces {
  /** No other process runs functions. */
  readonly isAlone: boolean;
  /** A call is answered where it arrived, and not placed. Counts the call. */
  staysHere(namespace: string, name: string): boolean;
  /** Counts a call there until `release`. Null: no process runs functions. */
  place(namespace: string, name: string): Host | null;
  release(host: Host): void;
  /** It took no connection. */
  suspect(host: Host): void;
  isSelf(host: Host): boolean;
}

/** What a gateway needs among other processes of its installation. */
export interface GatewayFleet {
  readonly places: HostPlaces;
  /** Of this process. */
  readonly selfId: string;
  /** `listener` gives up what it has at a host that hangs, for `reason`; called again while it does. */
  onLost(listener: (host: Host, reason: Error) => void): void;
  /** Asks one of the other processes that run functions. Null: none of them is meant. */
  ask(isMeant: (hostId: string) => boolean, operation: string, body: string): Promise<Uint8Array | null>;
  /** Where its door for the others listens. */
  readonly host: string;
  readonly port: number;
  /** What the others may ask of it beside requests of functions, by name. */
  readonly operations: Readonly<Record<string, HostOperation>>;
}
