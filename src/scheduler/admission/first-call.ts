import { PlatformError } from "../../core/index.ts";
import type { CallAhead, CallHead } from "../../sandbox/index.ts";
import type { PlacedCall } from "../instances/instance-context.ts";
import type { Instance } from "../instances/instance.ts";

interface Sent {
  readonly call: PlacedCall;
  readonly instance: Instance;
  readonly ahead: CallAhead;
}

/**
 * The call that went to an instance right behind INIT, which saves a cold call the way there and back: one of a revision at most. It waits like the
 * others, and can be refused or canceled, but no other instance may serve it: its own begins it as soon as it can.
 *
 * none → (send) sent → (its instance is ready) none, the call placed
 *                    → (its instance did not start) none, the call waits for another
 */
export class FirstCall {
  #sent: Sent | null = null;

  get call(): PlacedCall | null {
    return this.#sent?.call ?? null;
  }

  is(call: PlacedCall): boolean {
    return this.#sent?.call === call;
  }

  /** Nothing happens where it cannot be sent ahead: it is placed when the instance is ready. */
  send(call: PlacedCall, instance: Instance): void {
    const head = call.headFor(instance);
    const ahead = head === null ? null : openAhead(instance, head);
    this.#sent = ahead === null ? null : { call, instance, ahead };
  }

  /** The call that this instance has already, to be placed now, whatever became of it. */
  takenBy(instance: Instance): Sent | null {
    if (this.#sent?.instance !== instance) return null;
    const sent = this.#sent;
    this.#sent = null;
    return sent;
  }

  /** Its caller does not wait any more. */
  cancel(): void {
    this.#sent?.ahead.cancel();
  }

  /** An instance that did not start has begun nothing. */
  forgetStopped(): void {
    if (this.#sent?.instance.state === "stopped") this.#sent = null;
  }
}

function openAhead(instance: Instance, head: CallHead): CallAhead | null {
  try {
    return instance.channel.openAhead(head);
  } catch (error) {
    if (error instanceof PlatformError) return null; // the channel takes no such call: said when it is placed
    throw error;
  }
}
