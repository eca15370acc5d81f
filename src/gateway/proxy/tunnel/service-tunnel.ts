import { field, fieldOf } from "../../listener/field-names.ts";
import { Tunnel, type TunnelOptions } from "./tunnel.ts";
import type { UpstreamConnection } from "../upstream-connection.ts";
import type { UpstreamHead } from "../upstream-head.ts";

interface ServiceTunnelOptions extends Omit<TunnelOptions, "peer"> {
  readonly connection: UpstreamConnection;
  /** Called once, with the SCF result code. */
  onOver(status: number): void;
}

/** A tunnel to a service that has changed the protocol. `rest` is what it already said. */
export function openServiceTunnel(options: ServiceTunnelOptions, head: UpstreamHead, rest: Buffer): void {
  const { connection } = options;
  const tunnel = new Tunnel({
    ...options,
    peer: {
      write: (chunk) => connection.write(chunk),
      end: () => connection.end(),
      onClientDrain: () => connection.resume(),
      onOver: (status) => {
        connection.destroy();
        options.onOver(status);
      },
    },
  });
  const toClient = (chunk: Buffer): void => {
    if (!tunnel.toClient(chunk)) connection.pause();
  };
  connection.becomeTunnel({
    onData: (chunk) => toClient(Buffer.from(chunk)),
    onDrain: () => tunnel.resumeClient(),
    onBroken: () => tunnel.end(),
    onBug: () => tunnel.giveUp(),
  });
  tunnel.open(passedOn(head.pairs));
  toClient(rest);
}

/** Names and values were checked when they were read. */
function passedOn(pairs: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    const which = fieldOf(name);
    if (which === field.contentLength || which === field.transferEncoding || which === field.ours) continue;
    kept.push(name, pairs[i + 1] ?? "");
  }
  return kept;
}
