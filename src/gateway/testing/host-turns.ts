import type { Host } from "../../core/index.ts";
import type { HostOperation } from "../../scheduler/index.ts";
import type { GatewayFleet, HostPlaces } from "../hosts/host-places.ts";

/** A host with the role data. */
export const host = (id: string, internalUrl = "http://127.0.0.1:1"): Host => ({
  id,
  roles: ["data"],
  internalUrl,
  publicUrl: `http://${id}`,
  capacity: 1,
  version: "1",
  startedAt: 1,
});

/** Calls go to `turns` one after the other, to the last one from then on. */
export class Turns implements HostPlaces {
  readonly isAlone = false;
  readonly running: string[] = [];
  readonly suspected: string[] = [];
  turns: Host[] = [host("self")];
  isBusy = false;

  staysHere(): boolean {
    return this.isBusy;
  }

  place(): Host | null {
    const next = (this.turns.length > 1 ? this.turns.shift() : this.turns[0]) ?? null;
    if (next !== null) this.running.push(next.id);
    return next;
  }

  release({ id }: Host): void {
    this.running.splice(this.running.indexOf(id), 1);
  }

  suspect({ id }: Host): void {
    this.suspected.push(id);
  }

  isSelf({ id }: Host): boolean {
    return id === "self";
  }
}

/** The fleet of a gateway under test, which is the host `self`. */
export function fleetOf(places: HostPlaces, operations: Readonly<Record<string, HostOperation>> = {}): GatewayFleet {
  const ask = (): Promise<null> => Promise.resolve(null);
  return { places, host: "127.0.0.1", port: 0, operations, selfId: "self", ask, onLost() {} };
}
