import { connect } from "node:net";
import type { Instance } from "../instances/instance.ts";

const limitMs = 1_000;

/** Whether both the server and the runtime of a service's instance answer within a second. */
export async function isHealthy(
  instance: Instance,
  address: { readonly host: string; readonly port: number },
): Promise<boolean> {
  const signal = AbortSignal.timeout(limitMs);
  const answers = await Promise.allSettled([instance.channel.ping({ signal }), probe(address, signal)]);
  return answers.every(({ status }) => status === "fulfilled");
}

/** Resolves when somebody accepts a connection there. */
function probe(address: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, signal });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
