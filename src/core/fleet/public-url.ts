import net from "node:net";

/** Where callers reach a process that listens at `url`; where it listens on all addresses, at the one by which other hosts know this machine. */
export function publicUrlOf({ publicUrl, host, internalHost }: Addresses, url: string): string {
  if (publicUrl !== undefined) return publicUrl;
  if (!["0.0.0.0", "::"].includes(host)) return url;
  const address = new URL(url);
  address.hostname = net.isIPv6(internalHost) ? `[${internalHost}]` : internalHost;
  return address.origin;
}

/** What a process was told of its addresses. */
interface Addresses {
  readonly publicUrl?: string | undefined;
  readonly host: string;
  readonly internalHost: string;
}
