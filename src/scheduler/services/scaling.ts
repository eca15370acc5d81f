/** Settings of the decision; names and values follow Knative's KPA. */
export interface ScalingPolicy {
  /** Calls at a time that one instance should have. */
  readonly target: number;
  readonly min: number;
  readonly max: number;
  readonly stableWindowMs: number;
  readonly panicWindowMs: number;
  /** Wanted instances over ready ones from which on only the panic window counts. */
  readonly panicThreshold: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
}

export const servicePolicy: ScalingPolicy = {
  target: 100,
  min: 1,
  max: 10,
  stableWindowMs: 60_000,
  panicWindowMs: 6_000,
  panicThreshold: 2,
  maxScaleUpRate: 1_000,
  maxScaleDownRate: 2,
};

/** Calls under way at one moment. */
interface Sample {
  readonly at: number;
  readonly inFlight: number;
}

/** What a decision remembers for the next one. */
export interface ScalingState {
  /** Of the last stable window, oldest first. */
  readonly samples: readonly Sample[];
  /** Last moment at which the panic threshold was passed; null: calm. */
  readonly panicAt: number | null;
  /** Most instances wanted during this panic; it never shrinks before the panic is over. */
  readonly panicPeak: number;
}

export const calm: ScalingState = { samples: [], panicAt: null, panicPeak: 0 };

/** How many instances a service should have, from the calls that were under way in the last minute. */
export function decideScale(
  policy: ScalingPolicy,
  state: ScalingState,
  input: { readonly now: number; readonly inFlight: number; readonly ready: number },
): { readonly desired: number; readonly state: ScalingState } {
  const { now, inFlight } = input;
  const samples = [...state.samples.filter(({ at }) => at > now - policy.stableWindowMs), { at: now, inFlight }];
  const ready = Math.max(1, input.ready);
  const wantedStable = Math.ceil(average(samples, now - policy.stableWindowMs) / policy.target);
  const wantedPanic = Math.ceil(average(samples, now - policy.panicWindowMs) / policy.target);
  const most = Math.ceil(policy.maxScaleUpRate * ready);
  const least = Math.floor(ready / policy.maxScaleDownRate);
  const stable = clamp(wantedStable, least, most);
  const panic = clamp(wantedPanic, least, most);

  const panicAt = nextPanic(policy, state, now, wantedPanic / ready >= policy.panicThreshold);
  const panicPeak = panicAt === null ? 0 : Math.max(state.panicPeak, stable, panic);
  const desired = clamp(panicAt === null ? stable : panicPeak, policy.min, policy.max);
  return { desired, state: { samples, panicAt, panicPeak } };
}

/** A panic lasts until the threshold was not passed for a whole stable window. */
function nextPanic(policy: ScalingPolicy, state: ScalingState, now: number, isOver: boolean): number | null {
  if (isOver) return now;
  if (state.panicAt === null || now > state.panicAt + policy.stableWindowMs) return null;
  return state.panicAt;
}

function average(samples: readonly Sample[], since: number): number {
  const recent = samples.filter(({ at }) => at > since);
  return recent.length === 0 ? 0 : recent.reduce((sum, { inFlight }) => sum + inFlight, 0) / recent.length;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
