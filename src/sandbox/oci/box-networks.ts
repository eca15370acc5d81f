/** Where boxes get their networks from: namespaces prepared ahead, one for each box, none used twice. */
export interface BoxNetworks extends AsyncDisposable {
  take(options: { signal: AbortSignal }): Promise<BoxNetwork>;
}

/** The network of one box, until it is disposed of. */
export interface BoxNetwork extends AsyncDisposable {
  /** A file of the host that names the namespace, for the OCI runtime to join. */
  readonly namespacePath: string;
  /** IPv4 of the box, as the host reaches it. */
  readonly address: string;
  /** Bytes that have left the box so far. */
  bytesOut(): number;
}
