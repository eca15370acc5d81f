import { once } from "node:events";
import net from "node:net";

/** Lets a server listen on this host's loopback; gives the port, which the system chooses. */
export async function loopbackPort(server: net.Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server listens on no port");
  return address.port;
}

/** One that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await loopbackPort(server);
  const closed = once(server, "close");
  server.close();
  await closed;
  return port;
}
