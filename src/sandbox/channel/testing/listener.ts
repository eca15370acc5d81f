import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallHead, CallReceiver } from "../channel.ts";

export const head: CallHead = { kind: "http", requestId: "r", deadlineMs: 0, method: "POST", target: "/", pairs: [] };
/** HEAD without a body: DATA follows. */
export const emptyHead = Buffer.from([0, 200, 0, 0, 0]);
/** HEAD 101. */
export const switchingHead = Buffer.from([0, 101, 0, 0, 0]);
/** HEAD with the body `hi`. */
export const wholeHead = Buffer.from([1, 200, 0, 0, 0, 104, 105]);

/** A receiver that writes down what it hears. */
export class Listener implements CallReceiver {
  readonly heard: string[] = [];
  received = Buffer.alloc(0);
  drains = 0;

  onHead(status: number, _pairs: readonly string[], body: Buffer | null): void {
    this.heard.push(`head ${status} ${body?.toString() ?? "-"}`);
  }
  onData(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
  }
  onEnd(): void {
    this.heard.push("end");
  }
  onError({ kind }: { kind: string }): void {
    this.heard.push(`error ${kind}`);
  }
  onDrain(): void {
    this.drains += 1;
  }
}

/** Lets everything that was sent arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn();
}
