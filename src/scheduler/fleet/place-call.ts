import { createHash } from "node:crypto";
import type { Host } from "../../core/index.ts";

/** A call's host has at most this much of its share, rounded up. */
export const boundOfShare = 1.25;

type Weighted = Pick<Host, "id" | "capacity">;

/**
 * Hosts in the order in which they are asked for calls of `key`: rendezvous hashing, weighted by capacity (the score is exponentially
 * distributed with the capacity as its rate, so that each is first for its share of all keys). Who else there is changes nothing about the
 * order of two hosts.
 */
export function rankHosts<Member extends Weighted>(hosts: readonly Member[], key: string): readonly Member[] {
  return hosts
    .map((host) => ({ host, score: -Math.log(unitHash(host.id, key)) / host.capacity }))
    .toSorted((one, other) => one.score - other.score || (one.host.id < other.host.id ? -1 : 1))
    .map(({ host }) => host);
}

/** What runs on a host: calls that its asker has placed there. */
export type LoadOf = (host: Weighted) => number;

/**
 * The first host of the order that this call leaves within the bound: `boundOfShare` of the share of all calls, with this one, that its
 * capacity makes. There always is one, because the bounds together are more than all calls. Null: no hosts.
 */
export function placeCall<Member extends Weighted>(ranked: readonly Member[], loadOf: LoadOf): Member | null {
  const [first] = ranked;
  if (first === undefined || ranked.length === 1) return first ?? null;
  let calls = 1;
  let capacity = 0;
  for (const host of ranked) {
    calls += loadOf(host);
    capacity += host.capacity;
  }
  const fits = (host: Member): boolean =>
    loadOf(host) + 1 <= Math.ceil((boundOfShare * calls * host.capacity) / capacity);
  return ranked.find(fits) ?? first;
}

const unitBytes = 6;

/** Evenly between 0 and 1, both excluded. */
function unitHash(hostId: string, key: string): number {
  const digest = createHash("sha256").update(`${hostId}\n${key}`).digest();
  return (digest.readUIntBE(0, unitBytes) + 0.5) / 2 ** (8 * unitBytes);
}
