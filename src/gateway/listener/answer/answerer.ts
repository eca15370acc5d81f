/** Who answers an exchange; told synchronously what the client does. */
export interface Answerer {
  /** A piece of the request's body, its own to keep. False: wait for `resumeBody`. */
  onBody(chunk: Buffer): boolean;
  onBodyEnd(rawTrailers: readonly string[]): void;
  /** The client has taken what was written. */
  onClientDrain(): void;
  /** The exchange ended before its time, most often because the client left: stop the work. */
  onClientGone(): void;
}
