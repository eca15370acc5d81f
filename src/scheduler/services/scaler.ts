import { calm, decideScale, servicePolicy, type ScalingState } from "./scaling.ts";

const everyMs = 1_000;

/** Decides once a second how many instances one service should have. */
export class Scaler {
  /** The port that its server insists on and that instances would share: there can be only one. */
  sharedPort: number | null = null;
  readonly #onSingle: (port: number) => void;
  #wanted = servicePolicy.min;
  #state: ScalingState = calm;
  #nextAt = 0;
  #saidSingle = false;

  /** `onSingle` hears once that the load asks for more than the one there can be. */
  constructor(onSingle: (port: number) => void) {
    this.#onSingle = onSingle;
  }

  get desired(): number {
    return this.sharedPort === null ? this.#wanted : 1;
  }

  /** False: it is not time yet. */
  decide(now: number, inFlight: number, ready: number): boolean {
    if (now < this.#nextAt) return false;
    this.#nextAt = now + everyMs;
    const { desired, state } = decideScale(servicePolicy, this.#state, { now, inFlight, ready });
    this.#state = state;
    this.#wanted = desired;
    if (desired > 1 && this.sharedPort !== null && !this.#saidSingle) {
      this.#saidSingle = true;
      this.#onSingle(this.sharedPort);
    }
    return true;
  }
}
