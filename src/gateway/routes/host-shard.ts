import type { HostPaths } from "./host-paths.ts";
import type { PathShape } from "./path-shape.ts";

const shardBits = 6;
/** Of a table. With 100,000 hosts a change copies some 1,600 of them; more shards are more memory that a lookup finds cold. */
export const shardCount = 1 << shardBits;
/** Slots that a shard begins with. */
const fewestSlots = 8;

/**
 * Some of a table's hosts, laid out so that a lookup meets little memory, for which it waits: a host and a path among 100,000 hosts take 0.63 µs
 * so, 1.41 with the objects of a `Map`. Filled with `add`; one that is looked up in never changes again.
 */
export class HostShard<Target> {
  /** Open addressing: of each slot a host's hash, and the host's number counted from 1; 0: free. At most two thirds are taken. */
  #slots: Int32Array;
  #size: number;
  // By the number of a host, counted from 0.
  readonly #names: string[];
  readonly #shapes: PathShape[];
  /** Where the targets of a host begin; they end where those of the next do. */
  readonly #starts: number[];
  readonly #targets: Target[];

  /** A copy of that one; null: without hosts. */
  constructor(from: HostShard<Target> | null = null) {
    this.#slots = from === null ? new Int32Array(2 * fewestSlots) : from.#slots.slice();
    this.#size = from === null ? 0 : from.#size;
    this.#names = from === null ? [] : from.#names.slice();
    this.#shapes = from === null ? [] : from.#shapes.slice();
    this.#starts = from === null ? [] : from.#starts.slice();
    this.#targets = from === null ? [] : from.#targets.slice();
  }

  find(name: string, hash: number, path: string): Target | "no-path" | null {
    const number = this.#numberOf(name, hash);
    if (number < 0) return null;
    const place = this.#shapes[number]?.placeOf(path) ?? -1;
    return place < 0 ? "no-path" : (this.#targets[(this.#starts[number] ?? 0) + place] ?? null);
  }

  has(name: string, hash: number): boolean {
    return this.#numberOf(name, hash) >= 0;
  }

  /** A host that it has already leads there from now on. */
  add(name: string, hash: number, { shape, targets }: Pick<HostPaths<Target>, "shape" | "targets">): void {
    if (isTooMany(this.#size + 1, this.#slots.length / 2)) this.#grow();
    const at = this.#slotOf(name, hash);
    if (this.#slots[at + 1] === 0) this.#size++;
    this.#slots[at] = hash;
    this.#slots[at + 1] = this.#names.push(name);
    this.#shapes.push(shape);
    this.#starts.push(this.#targets.length);
    for (const target of targets) this.#targets.push(target);
  }

  /** A copy, to be added to. Every so often without what no host leads to any more. */
  copy(): HostShard<Target> {
    return this.#names.length > 2 * this.#size ? this.#rebuilt(-1) : new HostShard(this);
  }

  without(name: string, hash: number): HostShard<Target> {
    return this.#rebuilt(this.#numberOf(name, hash));
  }

  #rebuilt(left: number): HostShard<Target> {
    const copy = new HostShard<Target>();
    for (let at = 0; at < this.#slots.length; at += 2) {
      const number = (this.#slots[at + 1] ?? 0) - 1;
      const shape = this.#shapes[number];
      if (shape === undefined || number === left) continue;
      const targets = this.#targets.slice(this.#starts[number], this.#starts[number + 1]);
      copy.add(this.#names[number] ?? "", this.#slots[at] ?? 0, { shape, targets });
    }
    return copy;
  }

  /** -1: it does not have this host. */
  #numberOf(name: string, hash: number): number {
    return (this.#slots[this.#slotOf(name, hash) + 1] ?? 0) - 1;
  }

  /** Where the host is or, where it is not, would be. */
  #slotOf(name: string, hash: number): number {
    const slots = this.#slots;
    const last = slots.length - 2;
    // the lowest bits are the same in all of a shard, and a slot has two places
    for (let at = (hash >>> (shardBits - 1)) & last; ; at = (at + 2) & last) {
      const number = slots[at + 1] ?? 0;
      if (number === 0 || (slots[at] === hash && this.#names[number - 1] === name)) return at;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const [hash = 0, number = 0] = before.subarray(at, at + 2);
      if (number === 0) continue;
      const to = this.#slotOf(this.#names[number - 1] ?? "", hash);
      this.#slots[to] = hash;
      this.#slots[to + 1] = number;
    }
  }
}

function isTooMany(hosts: number, slots: number): boolean {
  return 3 * hosts > 2 * slots;
}
