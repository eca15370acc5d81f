import type { AddressInfo } from "node:net";

interface Asked {
  readonly host: string;
  readonly port: number;
}

/** Where clients on this host find a listener that was asked for so. */
export function listenAddress(found: AddressInfo | string | null, { host, port }: Asked, scheme: string) {
  const isEverywhere = host === "0.0.0.0" || host === "::" || host === "";
  const name = isEverywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  const taken = typeof found === "object" && found !== null ? found.port : port;
  return { url: `${scheme}://${name}:${taken}`, port: taken };
}
