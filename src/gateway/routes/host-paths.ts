/** Where a path of a host leads. */
export interface PathEntry<Target> {
  /** `/a`: that path alone. `/a/*`: it and everything below; `/*`: everything. */
  readonly match: string;
  readonly target: Target;
}

/** The paths of one host, ready to be looked up; never changes. */
export class HostPaths<Target> {
  readonly #exact = new Map<string, Target>();
  /** By what stands before the slash and the star. */
  readonly #below = new Map<string, Target>();
  /** Segments of the longest of these. */
  readonly #deepest: number;

  constructor(entries: readonly PathEntry<Target>[]) {
    let deepest = 0;
    for (const { match, target } of entries) {
      if (!match.endsWith("/*")) this.#exact.set(match, target);
      else {
        const prefix = match.slice(0, -2);
        this.#below.set(prefix, target);
        deepest = Math.max(deepest, prefix.split("/").length - 1);
      }
    }
    this.#deepest = deepest;
  }

  /** The path as it was sent, without the query. The exact one wins, then the longest. */
  find(path: string): Target | null {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    if (this.#below.size === 0 || !path.startsWith("/")) return null;
    for (let end = endOfSegment(path, this.#deepest); ; end = path.lastIndexOf("/", end - 1)) {
      const target = this.#below.get(path.slice(0, end));
      if (target !== undefined) return target;
      if (end <= 0) return null;
    }
  }
}

/** Where the segment with this number, counted from 1, ends; whoever sends a thousand slashes has no thousand lookups done. */
function endOfSegment(path: string, number: number): number {
  let end = 0;
  for (let segment = 0; segment < number; segment++) {
    end = path.indexOf("/", end + 1);
    if (end < 0) return path.length;
  }
  return end;
}
