import { refusal, type Refusal } from "./refusal.ts";

/** How far the bodies of an exchange are, and whom it waits for. */
interface Position {
  readonly waitsForBody: boolean;
  readonly bytesIn: number;
  readonly waitsForClient: boolean;
  /** Bytes of the answer that the client has taken. */
  readonly bytesTaken: number;
}

/** Sees at each sweep whether a body moved. Waiting for the function is no standstill: only the client's side counts. */
export class BodyProgress {
  idleSweeps = 0;
  #bytesIn = 0;
  #bytesTaken = 0;

  isStuck(position: Position): boolean {
    const isStuck =
      (position.waitsForBody && position.bytesIn === this.#bytesIn) ||
      (position.waitsForClient && position.bytesTaken === this.#bytesTaken);
    this.#bytesIn = position.bytesIn;
    this.#bytesTaken = position.bytesTaken;
    this.idleSweeps = isStuck ? this.idleSweeps + 1 : 0;
    return isStuck;
  }
}

export const bodyTimeout: Refusal = refusal(408, "BodyTimeout", "The request's body made no progress for too long.", {
  limit: "body idle time",
  setting: "GUST_BODY_IDLE_TIMEOUT_S",
});
