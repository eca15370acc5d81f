import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { formatAddress, gatewayOffset, maxResolvers, parseRange, type AddressRange } from "../address-range.ts";

/** Where systemd-resolved lists the nameservers behind its own, which answers nobody but the host's loopback. */
const behindResolved = "/run/systemd/resolve/resolv.conf";

const watchIntervalMs = 5_000;

/** The nameservers that a host asks, as far as boxes can ask them, too: IPv4, at most three. */
export async function readResolvers(file: string): Promise<readonly string[]> {
  const own = parseResolvers(await readIfThere(file));
  if (!own.includes("127.0.0.53")) return own;
  const behind = parseResolvers(await readIfThere(behindResolved));
  return behind.length > 0 ? behind : own;
}

export function parseResolvers(resolvConf: string): readonly string[] {
  return resolvConf
    .split("\n")
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((address) => address !== undefined)
    .filter((address) => parseRange(address)?.prefix === 32 && !address.includes("/"))
    .slice(0, maxResolvers);
}

/** Calls back when the host's list may have changed. Looks every five seconds: such a file is replaced as often as it is written. */
export function watchResolvers(file: string, onChange: () => void): Disposable {
  const watched = [file, behindResolved];
  for (const name of watched) watchFile(name, { interval: watchIntervalMs, persistent: false }, onChange);
  return {
    [Symbol.dispose]: () => {
      for (const name of watched) unwatchFile(name, onChange);
    },
  };
}

/**
 * Contents of a box's `/etc/resolv.conf`: always the doors, so that it stays true when the host's nameservers change. No search domain: a
 * function's names do not depend on where it runs.
 */
export function boxResolvConf(range: AddressRange, resolvers: readonly string[]): string {
  return resolvers.map((_, index) => `nameserver ${formatAddress(range.base + gatewayOffset + index)}\n`).join("");
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
