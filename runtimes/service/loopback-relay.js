// @ts-check
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";

/** @typedef {{ host: string, port: number }} Place */

/**
 * Passes connections on that come to one address to another, each direction to its own end, for as long as this process
 * lives. Resolves when it listens.
 * @param {Place} from @param {Place} to
 */
export async function relay(from, to) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...to, allowHalfOpen: true, noDelay: true });
    const onEnd = (/** @type {Error | null | undefined} */ error) => {
      if (!error) return; // the other direction goes on
      near.destroy();
      far.destroy();
    };
    pipeline(near, far, onEnd);
    pipeline(far, near, onEnd);
  });
  server.listen(from);
  await once(server, "listening");
}
