import type { Exchange } from "./listener/exchange.ts";

/** Heads that a function sends again and again, and in which nothing is an address: looked at once. */
const withoutAddress = new WeakSet<readonly string[]>();

/**
 * Puts back what the path form takes off: `/~<namespace>/<name>` before the addresses of the same site in `Location` and
 * `Content-Location`, and before the `Path` of cookies, so that redirects of an application that knows nothing of its base path
 * lead back to it, and its cookies go to it alone. What has the base path already stays as it is.
 */
export function restoreBasePath(exchange: Exchange, prefix: string): void {
  if (!prefix.startsWith("/~")) return; // a custom domain's rewriting is its owner's own arrangement
  const base = { prefix, authority: exchange.head.authority };
  exchange.shapeHeaders = (pairs) => {
    if (withoutAddress.has(pairs)) return pairs;
    if (pairs.some(isAddressName))
      return pairs.map((value, at) => (at % 2 === 0 ? value : below(pairs[at - 1], value, base)));
    if (Object.isFrozen(pairs)) withoutAddress.add(pairs);
    return pairs;
  };
}

interface Base {
  readonly prefix: string;
  readonly authority: string;
}

/** By the length first, as this looks at every header. */
function isAddressName(name: string, at: number): boolean {
  if (at % 2 !== 0) return false;
  if (name.length !== 8 && name.length !== 10 && name.length !== 16) return false;
  return /^(?:location|set-cookie|content-location)$/i.test(name);
}

function below(name: string | undefined, value: string, base: Base): string {
  if (name === undefined || !isAddressName(name, 0)) return value;
  return name.length === 10 ? cookieBelow(value, base) : addressBelow(value, base);
}

/** Scheme and authority, if there are any, and what follows. */
const address = /^((?:https?:)?\/\/([^/?#\\]*))?([^]*)$/i;

function addressBelow(value: string, { prefix, authority }: Base): string {
  const [, origin = "", host = "", rest = ""] = address.exec(value) ?? [];
  if (origin === "") return rest.startsWith("/") ? pathBelow(rest, prefix) : value;
  if (host === "" || host.toLowerCase() !== authority.toLowerCase()) return value;
  return origin + (rest.startsWith("/") ? pathBelow(rest, prefix) : `${prefix}/${rest}`);
}

/** The path form of another function, and what an application made with `x-forwarded-prefix`, have theirs. */
function pathBelow(path: string, prefix: string): string {
  return /^\/~[\w-]+\/[\w-]+(?:[/?#]|$)/.test(path) ? path : prefix + path;
}

/** The last `Path` of a cookie is the one that counts; browsers refuse `__Host-` cookies with another than `/`. */
function cookieBelow(value: string, { prefix }: Base): string {
  if (/^\s*__host-/i.test(value)) return value;
  return value.replaceAll(/(;\s*path\s*=\s*)(\/[^;]*)/gi, (_, before: string, path: string) => {
    return before + pathBelow(path, prefix);
  });
}
