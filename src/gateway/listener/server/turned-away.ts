import type { Socket } from "node:net";
import { newRequestId } from "../../../core/index.ts";
import { rawErrorAnswer } from "../../errors/error-page.ts";
import { failureOfRefusal } from "../../errors/failure.ts";
import type { Refusal } from "../refusal.ts";

/** How long one that was told so may take to end its side: closed at once, the system would drop what it was told with what it has sent. */
const lingerMs = 1_000;

/** They are descriptors, too: more are closed as soon as they have been told. */
const maxLingering = 256;

/** Connections that are not taken: told why, and closed. */
export class TurnedAway {
  readonly #lingering = new Set<Socket>();

  /** `socket` has not been spoken on. */
  add(socket: Socket, problem: Refusal): void {
    socket.on("error", ignore); // 'close' follows
    const answer = rawErrorAnswer(failureOfRefusal(problem), newRequestId());
    if (this.#lingering.size >= maxLingering) {
      socket.end(answer, () => socket.destroy());
      return;
    }
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    this.#lingering.add(socket);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#lingering.delete(socket);
    });
    socket.resume(); // what it sends is not looked at
    socket.end(answer);
  }

  breakOff(): void {
    for (const socket of this.#lingering) socket.destroy();
  }
}

function ignore(): void {}
