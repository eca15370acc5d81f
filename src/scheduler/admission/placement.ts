/** What placement looks at in an instance. */
export interface Candidate {
  readonly active: number;
}

/**
 * For functions: the instance that was used last, so that the others can fall idle and be
 * stopped. `free` holds instances with a free slot, the most recently used last.
 */
export function mostRecentlyUsed<Instance extends Candidate>(free: readonly Instance[]): Instance | null {
  return free.length === 0 ? null : (free[free.length - 1] ?? null);
}

/** For services: the instance with the fewest calls, the earliest of equals. */
export function leastLoaded<Instance extends Candidate>(ready: readonly Instance[]): Instance | null {
  let best: Instance | null = null;
  for (const instance of ready) {
    if (best === null || instance.active < best.active) best = instance;
  }
  return best;
}
