import type { UpstreamHead } from "./upstream-head.ts";

/**
 * The head that a connection's last answer had. Servers repeat theirs but for its date: one that is equal byte by byte is neither read nor
 * screened again (measured, with chunks read as bytes: a tenth of what a request to a service costs the gateway).
 */
export class KnownHead {
  #head: UpstreamHead | null = null;
  #bytes = Buffer.alloc(0);
  #isRepeated = false;

  /** How long it is, with its empty line. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The head, where these bytes begin with it. */
  at(bytes: Buffer): UpstreamHead | null {
    const { length } = this.#bytes;
    if (this.#head === null || bytes.length < length || !bytes.subarray(0, length).equals(this.#bytes)) return null;
    if (!this.#isRepeated) Object.freeze(this.#head.pairs);
    this.#isRepeated = true;
    return this.#head;
  }

  /** The head takes the first `length` of these bytes. */
  remember(head: UpstreamHead, bytes: Buffer, length: number): void {
    this.#head = head;
    this.#isRepeated = false;
    if (this.#bytes.length !== length) this.#bytes = Buffer.allocUnsafeSlow(length);
    bytes.copy(this.#bytes, 0, 0, length);
  }
}
