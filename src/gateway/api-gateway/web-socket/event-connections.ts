import { createHash, randomBytes } from "node:crypto";
import type { PushTarget } from "../../../core/index.ts";
import type { EventConnection } from "./event-connection.ts";

/** A connection is looked at once in so many seconds: pinged, and ended when it did not answer the ping before. */
const roundS = 60;

/** Bytes at the start of an id that say which process holds the connection. */
const processBytes = 6;

/** What ids of a process's connections begin with. */
export function processTag(hostId: string): Buffer {
  return createHash("sha256").update(hostId).digest().subarray(0, processBytes);
}

/**
 * The WebSockets of this process whose messages become events, by their ids. An id is 24 bytes in base64: six that are this process's, so that
 * others can tell who holds the connection, and eighteen that nobody guesses.
 */
export class EventConnections implements Disposable {
  readonly #tag: Buffer;
  readonly #byId = new Map<string, EventConnection>();
  /** One set for each second of a round: looking at all at once would hold up everybody. */
  readonly #rounds: readonly Set<EventConnection>[] = Array.from({ length: roundS }, () => new Set<EventConnection>());
  #second = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param hostId of this process among others of its installation */
  constructor(hostId: string) {
    this.#tag = processTag(hostId);
  }

  newId(): string {
    return Buffer.concat([this.#tag, randomBytes(24 - processBytes)]).toString("base64");
  }

  /** Whether the id was given out here. */
  isOwn(connectionId: string): boolean {
    return Buffer.from(connectionId, "base64").subarray(0, processBytes).equals(this.#tag);
  }

  /** Null: nobody here has it, or it is of another API. */
  find(connectionId: string, { serviceId, apiId }: PushTarget): EventConnection | null {
    const found = this.#byId.get(connectionId);
    return found !== undefined && found.api.serviceId === serviceId && found.api.apiId === apiId ? found : null;
  }

  add(connection: EventConnection): void {
    this.#byId.set(connection.connectionId, connection);
    this.#roundOf(connection)?.add(connection);
    this.#timer ??= setInterval(() => this.#look(), 1_000).unref();
  }

  remove(connection: EventConnection): void {
    this.#byId.delete(connection.connectionId);
    this.#roundOf(connection)?.delete(connection);
  }

  /** By the last bytes of its id, which are as good as thrown dice. */
  #roundOf({ connectionId }: EventConnection): Set<EventConnection> | undefined {
    return this.#rounds[Buffer.from(connectionId.slice(-4), "base64").readUInt16BE() % roundS];
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #look(): void {
    this.#second = (this.#second + 1) % roundS;
    for (const connection of this.#rounds[this.#second] ?? []) connection.look();
  }
}
