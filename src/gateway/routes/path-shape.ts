/** Paths that one host or many have, as places in a list: which of them a request's path falls to. Never changes. */
export class PathShape {
  /** The exact ones, then the longest: the first that fits wins. */
  readonly #rules: readonly Rule[];
  readonly #exact: ReadonlyMap<string, number> | null;
  readonly #below: ReadonlyMap<string, number> | null;
  /** Segments of the longest path with a star. */
  readonly #deepest: number;

  private constructor(matches: readonly string[]) {
    const rules = matches.map((match, place) => ruleOf(match, place));
    this.#rules = rules.toSorted((a, b) => Number(b.isExact) - Number(a.isExact) || b.path.length - a.path.length);
    const below = rules.filter(({ isExact }) => !isExact);
    this.#deepest = Math.max(0, ...below.map(({ path }) => path.split("/").length - 1));
    const isLong = rules.length > longestScan;
    this.#below = isLong ? new Map(below.map(({ path, place }) => [path, place])) : null;
    const exact = rules.filter(({ isExact }) => isExact);
    this.#exact = isLong ? new Map(exact.map(({ path, place }) => [path, place])) : null;
  }

  /** Those with the same paths share one: what many requests look at stays in the processor's cache. */
  static of(matches: readonly string[]): PathShape {
    const key = matches.join("\n");
    const known = shared.get(key);
    if (known !== undefined) return known;
    if (shared.size >= maxShared) shared.clear();
    const shape = new PathShape(matches);
    shared.set(key, shape);
    return shape;
  }

  /** The place of the match that a path as it was sent, without its query, falls to; -1: none. */
  placeOf(path: string): number {
    if (this.#exact !== null && this.#below !== null) return this.#lookedUp(path, this.#exact, this.#below);
    for (const rule of this.#rules) if (fits(path, rule)) return rule.place;
    return -1;
  }

  #lookedUp(path: string, exact: ReadonlyMap<string, number>, below: ReadonlyMap<string, number>): number {
    const place = exact.get(path);
    if (place !== undefined) return place;
    if (below.size === 0 || !path.startsWith("/")) return -1;
    for (let end = endOfSegment(path, this.#deepest); ; end = path.lastIndexOf("/", end - 1)) {
      const found = below.get(path.slice(0, end));
      if (found !== undefined) return found;
      if (end <= 0) return -1;
    }
  }
}

interface Rule {
  /** Without the slash and the star. */
  readonly path: string;
  readonly isExact: boolean;
  readonly place: number;
}

/** Paths up to which trying one after the other is the faster way. */
const longestScan = 8;

const shared = new Map<string, PathShape>();
const maxShared = 1_024;

function ruleOf(match: string, place: number): Rule {
  const isExact = !match.endsWith("/*");
  return { path: isExact ? match : match.slice(0, -2), isExact, place };
}

/** What is cheap and mostly settles it comes first. */
function fits(path: string, rule: Rule): boolean {
  const { length } = rule.path;
  if (path.length === length) return path === rule.path && (rule.isExact || length > 0);
  return !rule.isExact && path.charCodeAt(length) === slash && path.startsWith(rule.path);
}

const slash = 47;

/** Where the segment with this number, counted from 1, ends; whoever sends a thousand slashes has no thousand lookups done. */
export function endOfSegment(path: string, number: number): number {
  let end = 0;
  for (let segment = 0; segment < number; segment++) {
    end = path.indexOf("/", end + 1);
    if (end < 0) return path.length;
  }
  return end;
}
