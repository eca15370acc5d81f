import { createServer } from "node:net";

/** Port that the documented form of a service listens on. */
export const documentedPort = 9000;

/** A port of this host that nobody listens on now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => (port > 0 ? resolve(port) : reject(new Error("the system named no port"))));
    });
  });
}
