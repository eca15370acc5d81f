/** Claims of one second: whole seconds of the monotonic clock. */
export interface SecondOfClaims {
  readonly second: number;
  readonly claims: number;
}

/** Between these the target moves. */
export interface PoolBounds {
  /** Kept whatever happens; 0: none is ever kept. */
  readonly least: number;
  readonly most: number;
}

/** A burst has to last so long to count in full. */
const windowS = 5;
/** How many seconds' worth of claims are kept: what is claimed while the replacements of a burst start. */
const leadS = 2;
/** A program that nobody has claimed faster than its least for so long is back at that. */
const memoryS = 120;

/**
 * How many started runtimes a pool keeps: two seconds' worth of claims at the fastest pace of any five seconds in the last two minutes. What was
 * wanted just now is what will be wanted next; a pool that shrinks at once would boot for nobody at each pause.
 */
export function poolTarget(history: readonly SecondOfClaims[], nowMs: number, { least, most }: PoolBounds): number {
  if (least === 0) return 0;
  const recent = history.filter(({ second }) => second * 1_000 > nowMs - memoryS * 1_000);
  let fastest = 0;
  for (const { second: first } of recent) {
    const within = recent.filter(({ second }) => second >= first && second < first + windowS);
    fastest = Math.max(
      fastest,
      within.reduce((sum, { claims }) => sum + claims, 0),
    );
  }
  return Math.max(least, Math.min(most, Math.floor((fastest * leadS) / windowS)));
}

/** The history with one claim more, without what is forgotten. */
export function withClaim(history: readonly SecondOfClaims[], nowMs: number): readonly SecondOfClaims[] {
  const second = Math.floor(nowMs / 1_000);
  const last = history.at(-1);
  if (last?.second === second) return [...history.slice(0, -1), { second, claims: last.claims + 1 }];
  return [...history.filter((one) => one.second > second - memoryS), { second, claims: 1 }];
}
