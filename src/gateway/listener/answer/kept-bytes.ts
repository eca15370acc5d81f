/** A piece is kept in memory of this size, which is used again: what one read of a sandbox or a service brings. */
const memoryBytes = 65_536;
/** A smaller one is kept in memory of its own size, for a client that is slow holds it long. */
const smallestBytes = memoryBytes / 4;
/** Memory that is kept for the next piece, 16 MiB of all answers together: what 64 calls may have under way. */
const mostSpares = 256;
/** Bodies up to this size leave as one string together with their head, in one write. */
const singleWriteBytes = 4_096;

type Written = (error?: Error | null) => void;

/** Bytes that outlive the read they came from. */
export interface KeptBytes {
  readonly bytes: Buffer;
  /** For whoever writes them to call once they have left: nobody may look at them afterwards. */
  readonly written: Written | undefined;
}

/** The body of an answer in one piece; a string is latin1. */
export type AnswerBody = KeptBytes | string;

/**
 * A copy of what is valid during a call only. Memory made anew for each piece is garbage faster than it is collected: with answers of 1 MB more
 * than half of the gateway's time went into full collections, which count memory outside the heap, too.
 */
export function keepBytes(piece: Buffer): KeptBytes {
  if (piece.length < smallestBytes || piece.length > memoryBytes)
    return { bytes: Buffer.from(piece), written: undefined };
  const memory = spares.pop() ?? new SpareMemory();
  return memory.keep(piece);
}

export function bodyBytes(body: AnswerBody): number {
  return typeof body === "string" ? body.length : body.bytes.length;
}

export function keepBody(body: Buffer | string): AnswerBody {
  if (typeof body === "string") return body;
  return body.length <= singleWriteBytes ? body.toString("latin1") : keepBytes(body);
}

class SpareMemory implements KeptBytes {
  readonly #memory = Buffer.allocUnsafeSlow(memoryBytes);
  bytes: Buffer = this.#memory;

  keep(piece: Buffer): this {
    this.#memory.set(piece);
    this.bytes = this.#memory.subarray(0, piece.length);
    return this;
  }

  /** After a failure the system may still hold it. */
  readonly written = (error?: Error | null): void => {
    if (!error && spares.length < mostSpares) spares.push(this);
  };
}

const spares: SpareMemory[] = [];
