import type { Exchange } from "../listener/exchange.ts";
import type { Refusal } from "../listener/refusal.ts";

/**
 * Refuses at the end of the loop's turn, one right behind the other: their clients, busy with the one before, need not be woken for each.
 */
export class Refusals {
  readonly #waiting: { readonly exchange: Exchange; readonly problem: Refusal }[] = [];

  add(exchange: Exchange, problem: Refusal): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#send());
    this.#waiting.push({ exchange, problem });
  }

  #send(): void {
    for (const { exchange, problem } of this.#waiting.splice(0)) exchange.refuse(problem);
  }
}
