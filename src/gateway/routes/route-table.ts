import { randomInt } from "node:crypto";
import type { HostPaths } from "./host-paths.ts";
import { HostShard, shardCount } from "./host-shard.ts";

/**
 * What host names and paths lead to. A table never changes: whoever changes something gets the next table, which shares all shards but one
 * with this one, and swaps it for this one, so that every request sees one state, whole.
 */
export class RouteTable<Target> {
  readonly #shards: readonly HostShard<Target>[];
  readonly size: number;
  /** Those that begin with `*.`. */
  readonly #wildcards: number;

  private constructor(shards: readonly HostShard<Target>[], size: number, wildcards: number) {
    this.#shards = shards;
    this.size = size;
    this.#wildcards = wildcards;
  }

  static empty<Target>(): RouteTable<Target> {
    return RouteTable.draft<Target>().finish();
  }

  /** Collects many hosts for one table. */
  static draft<Target>(): RouteTableDraft<Target> {
    const shards = Array.from({ length: shardCount }, () => new HostShard<Target>());
    let size = 0;
    let wildcards = 0;
    return {
      add: (host, paths) => {
        const hash = hashOf(host);
        const shard = shardAt(shards, hash);
        const more = shard.has(host, hash) ? 0 : 1;
        size += more;
        if (isWildcard(host)) wildcards += more;
        shard.add(host, hash, paths);
      },
      finish: () => new RouteTable(shards, size, wildcards),
    };
  }

  /** The host as it was sent, in lower case. Its own entry wins over the one of `*.` and what follows its first label. */
  find(hostName: string, path: string): Target | "no-path" | null {
    if (this.size === 0) return null;
    const found = this.#findAt(hostName, path);
    return found === null && this.#wildcards > 0 ? this.#findAround(hostName, path) : found;
  }

  with(host: string, paths: HostPaths<Target>): RouteTable<Target> {
    const hash = hashOf(host);
    const before = shardAt(this.#shards, hash);
    const shard = before.copy();
    shard.add(host, hash, paths);
    return this.#changed(host, hash, shard, before.has(host, hash) ? 0 : 1);
  }

  without(host: string): RouteTable<Target> {
    const hash = hashOf(host);
    const shard = shardAt(this.#shards, hash);
    return shard.has(host, hash) ? this.#changed(host, hash, shard.without(host, hash), -1) : this;
  }

  #findAt(host: string, path: string): Target | "no-path" | null {
    const hash = hashOf(host);
    return shardAt(this.#shards, hash).find(host, hash, path);
  }

  #findAround(hostName: string, path: string): Target | "no-path" | null {
    const dot = hostName.indexOf(".");
    return dot < 1 ? null : this.#findAt(`*${hostName.slice(dot)}`, path);
  }

  #changed(host: string, hash: number, shard: HostShard<Target>, more: number): RouteTable<Target> {
    const shards = this.#shards.with(hash & (shardCount - 1), shard);
    return new RouteTable(shards, this.size + more, this.#wildcards + (isWildcard(host) ? more : 0));
  }
}

export interface RouteTableDraft<Target> {
  add(host: string, paths: HostPaths<Target>): void;
  finish(): RouteTable<Target>;
}

function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}

function shardAt<Target>(shards: readonly HostShard<Target>[], hash: number): HostShard<Target> {
  const shard = shards[hash & (shardCount - 1)];
  if (shard === undefined) throw new Error("a table lacks a shard");
  return shard;
}

/** Not to be foreseen, so that nobody finds names that all lead to one place. */
const seed = randomInt(2 ** 32);

/** Of a host's characters (FNV-1a). */
function hashOf(host: string): number {
  let hash = seed;
  for (let index = 0; index < host.length; index++) hash = Math.imul(hash ^ host.charCodeAt(index), 0x01000193);
  return hash ^ (hash >>> 15);
}
