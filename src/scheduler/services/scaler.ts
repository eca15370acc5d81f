import { calm, decideScale, servicePolicy, type ScalingState } from "./scaling.ts";

const everyMs = 1_000;

/** Decides once a second how many instances one service should have. */
export class Scaler {
  #desired = servicePolicy.min;
  #state: ScalingState = calm;
  #nextAt = 0;

  get desired(): number {
    return this.#desired;
  }

  /** False: it is not time yet. */
  decide(now: number, inFlight: number, ready: number): boolean {
    if (now < this.#nextAt) return false;
    this.#nextAt = now + everyMs;
    const { desired, state } = decideScale(servicePolicy, this.#state, { now, inFlight, ready });
    this.#state = state;
    this.#desired = desired;
    return true;
  }
}
