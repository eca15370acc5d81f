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
  /** What one client has, where clients are told apart: the address, or the first 64 bits of one of IPv6. */
  readonly network: string;
  readonly isTls: boolean;
}

export function peerOf(remoteAddress: string | undefined, isTls: boolean): Peer {
  const shown = remoteAddress ?? "unknown";
  const address = shown.startsWith("::ffff:") ? shown.slice(7) : shown;
  return { address, network: address.includes(":") ? firstGroups(address) : address, isTls };
}

/** The first four groups of an address of IPv6, where zeros may be left out: `2001:db8::1` → `2001:db8:0:0`. */
function firstGroups(address: string): string {
  const [before = "", after] = address.split("::");
  const groups = before === "" ? [] : before.split(":");
  if (after !== undefined) {
    const last = after === "" ? [] : after.split(":");
    while (groups.length + last.length < 8) groups.push("0");
    groups.push(...last);
  }
  return groups.slice(0, 4).join(":");
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
