import type { AnswerHead } from "../answer-head.ts";
import type { AnswerBody } from "./kept-bytes.ts";

/**
 * The way back to one client, as an exchange needs it: Node's (`NodeAnswer`) or ours (`DirectAnswer`). Each head goes out with
 * the request id, and with the length of the body where it is known.
 */
export interface ClientAnswer {
  /** A final head has gone out. */
  readonly hasBegun: boolean;
  /** The client has not taken all that was written, and no more should be. */
  readonly isFull: boolean;
  /** Nothing of it is left to be written, and the socket is free for what comes next. */
  readonly hasLeft: boolean;
  /** Called when an answer that was full can be written again. */
  onDrain: () => void;
  /** The connection ends with this answer, which says so. */
  closeAfter(): void;
  /** 100 Continue. */
  permitBody(): void;
  /** An informational answer (103 and the like). */
  inform(status: number, pairs: readonly string[]): void;
  /** The whole answer in one piece. */
  send(head: AnswerHead, requestId: string, body: AnswerBody): void;
  /** The head of an answer whose body follows; leaves with the first piece or at the end of this turn. */
  begin(head: AnswerHead, requestId: string): void;
  /** Writes a copy. False: wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  end(trailers: readonly [string, string][]): void;
  /** The socket changes its protocol: it is the answer's no longer. */
  letGo(): void;
}
