/** Who is at the other end of a connection, and how the connection is protected. */
export interface Peer {
  /** IPv4 addresses without the prefix that they have in IPv6. */
  readonly address: string;
  readonly isTls: boolean;
}
