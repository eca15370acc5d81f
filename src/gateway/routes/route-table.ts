import type { HostPaths } from "./host-paths.ts";

type Shard<Target> = ReadonlyMap<string, HostPaths<Target>>;

/** With 100,000 hosts a change copies some 1,600 of them; more shards are more memory that a lookup finds cold. */
const shardCount = 64;

/**
 * What host names and paths lead to. A table never changes: whoever changes something gets the next table, which shares all shards but one
 * with this one, and swaps it for this one, so that every request sees one state, whole.
 */
export class RouteTable<Target> {
  readonly #shards: readonly Shard<Target>[];
  readonly size: number;
  /** Those that begin with `*.`. */
  readonly #wildcards: number;

  private constructor(shards: readonly Shard<Target>[], size: number, wildcards: number) {
    this.#shards = shards;
    this.size = size;
    this.#wildcards = wildcards;
  }

  static empty<Target>(): RouteTable<Target> {
    return new RouteTable<Target>(
      Array.from({ length: shardCount }, () => new Map<string, HostPaths<Target>>()),
      0,
      0,
    );
  }

  /** Collects many hosts for one table. */
  static draft<Target>(): RouteTableDraft<Target> {
    const shards = Array.from({ length: shardCount }, () => new Map<string, HostPaths<Target>>());
    return {
      add: (host, paths) => void shards[shardOf(host)]?.set(host, paths),
      finish: () => {
        const hosts = shards.flatMap((shard) => [...shard.keys()]);
        return new RouteTable(shards, hosts.length, hosts.filter(isWildcard).length);
      },
    };
  }

  /** The host as it was sent, in lower case. Its own entry wins over the one of `*.` and what follows its first label. */
  find(hostName: string, path: string): Target | "no-path" | null {
    if (this.size === 0) return null;
    const paths = this.#at(hostName) ?? this.#aroundOf(hostName);
    return paths === undefined ? null : (paths.find(path) ?? "no-path");
  }

  with(host: string, paths: HostPaths<Target>): RouteTable<Target> {
    const isNew = this.#at(host) === undefined;
    return this.#changed(host, isNew ? 1 : 0, (shard) => void shard.set(host, paths));
  }

  without(host: string): RouteTable<Target> {
    if (this.#at(host) === undefined) return this;
    return this.#changed(host, -1, (shard) => void shard.delete(host));
  }

  #at(host: string): HostPaths<Target> | undefined {
    return this.#shards[shardOf(host)]?.get(host);
  }

  #aroundOf(hostName: string): HostPaths<Target> | undefined {
    if (this.#wildcards === 0) return undefined;
    const dot = hostName.indexOf(".");
    return dot < 1 ? undefined : this.#at(`*${hostName.slice(dot)}`);
  }

  #changed(host: string, more: number, change: (shard: Map<string, HostPaths<Target>>) => void): RouteTable<Target> {
    const index = shardOf(host);
    const shard = new Map(this.#shards[index]);
    change(shard);
    return new RouteTable(
      this.#shards.with(index, shard),
      this.size + more,
      this.#wildcards + (isWildcard(host) ? more : 0),
    );
  }
}

export interface RouteTableDraft<Target> {
  add(host: string, paths: HostPaths<Target>): void;
  finish(): RouteTable<Target>;
}

function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}

/** Spreads hosts over the shards by their characters (FNV-1a). */
function shardOf(host: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < host.length; index++) hash = Math.imul(hash ^ host.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) & (shardCount - 1);
}
