/** How often connections are looked at, and how many times a body may be found where it was before that is too long. */
export interface Sweeps {
  readonly ms: number;
  readonly idleSweeps: number;
}

/** Once a second, or four times in a shorter idle time. */
export function sweepsOf(bodyIdleTimeoutS: number): Sweeps {
  const ms = Math.min(1_000, bodyIdleTimeoutS * 250);
  return { ms, idleSweeps: Math.max(1, Math.ceil((bodyIdleTimeoutS * 1_000) / ms)) };
}
