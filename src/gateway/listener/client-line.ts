import type { ClientAnswer } from "./answer/client-answer.ts";

/** What an exchange has of its client's connection: all of it (HTTP/1.1), or one stream (HTTP/2). */
export interface ClientLine {
  readonly peer: Peer;
  /** Bytes written to the client that it has not taken. */
  readonly untakenBytes: number;
  add(exchange: PendingExchange): void;
  remove(exchange: PendingExchange): void;
  /** The exchange is over: what waits for that has its turn. */
  goOn(): void;
  /** Its last answer has been given, and nothing that follows on it is looked at. */
  condemn(): void;
  /** Ends it in the middle of an answer, which the client sees to be incomplete. */
  breakOff(): void;
}

/** Who is at the other end of a connection, and how the connection is protected. */
export interface Peer {
  /** IPv4 addresses without the prefix that they have in IPv6. */
  readonly address: string;
  readonly isTls: boolean;
}

export function peerOf(remoteAddress: string | undefined, isTls: boolean): Peer {
  const address = remoteAddress ?? "unknown";
  return { address: address.startsWith("::ffff:") ? address.slice(7) : address, isTls };
}

/** One of the exchanges on a connection. */
export interface PendingExchange {
  /** `complete`: its body has come in altogether. */
  readonly request: { readonly complete: boolean };
  readonly answer: ClientAnswer;
  /** The exchanges before it are over. */
  onTurn(): void;
  /** The client is gone. */
  onLost(): void;
  /** `idleSweeps` without progress of a body end it. */
  sweep(idleSweeps: number): void;
}
