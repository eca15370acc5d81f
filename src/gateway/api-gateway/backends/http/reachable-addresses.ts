import dns from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import os from "node:os";

/** How long the addresses of this host are taken for those that it has. */
const ownAddressesMs = 10_000;

/**
 * Which addresses back ends of APIs may have. Whoever may make an API must not reach through it what listens on this host alone, nor the
 * metadata service of its cloud: loopback, link-local and this host's own addresses are closed, unless a setting opens them.
 */
export class ReachableAddresses {
  readonly #opened: BlockList;
  readonly #boxes: BlockList;
  #own = new BlockList();
  #readAt = -Infinity;

  /**
   * @param opened addresses and CIDR ranges that are reached although they are closed to others
   * @param boxes those of boxes, which are reached through their functions alone
   */
  constructor(opened: readonly string[], boxes: readonly string[] = []) {
    this.#opened = listOf(opened);
    this.#boxes = listOf(boxes);
  }

  isOpen(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    if (version === 0) return false;
    const family = version === 6 ? "ipv6" : "ipv4";
    if (this.#opened.check(plain, family)) return true;
    if (closed.check(plain, family) || this.#boxes.check(plain, family)) return false;
    return !this.#ownAddresses().check(plain, family);
  }

  /** Gives the connection those addresses of a name alone that are open: a name cannot mean another one a moment later. */
  readonly lookup: LookupFunction = (hostName, options, callback) => {
    dns.lookup(hostName, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const open = addresses.filter(({ address }) => this.isOpen(address));
      const [first] = open;
      if (first === undefined) return callback(new ClosedAddressError(hostName), "", 0);
      if (options.all === true) return callback(null, open);
      callback(null, first.address, first.family);
    });
  };

  /** Null: the host may be connected to, as far as its name tells. */
  problemOf(hostName: string): ClosedAddressError | null {
    const literal = hostName.replace(/^\[|\]$/g, "");
    return isIP(literal) === 0 || this.isOpen(literal) ? null : new ClosedAddressError(literal);
  }

  #ownAddresses(): BlockList {
    const now = performance.now();
    if (now - this.#readAt < ownAddressesMs) return this.#own;
    this.#own = new BlockList();
    this.#readAt = now;
    for (const { address } of Object.values(os.networkInterfaces()).flatMap((each) => each ?? [])) {
      addTo(this.#own, plainAddress(address));
    }
    return this.#own;
  }
}

/** A back end whose address is closed. */
export class ClosedAddressError extends Error {
  constructor(hostName: string) {
    super(`${hostName} is an address of this host, or one that only its neighbours have; GUST_BACKEND_ALLOW opens it`);
    this.name = "ClosedAddressError";
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addTo(list, range);
  return list;
}

const closed = listOf([
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "100.100.100.200",
  "224.0.0.0/4",
  "255.255.255.255",
  "::",
  "::1",
  "fe80::/10",
  "fd00:ec2::254",
  "ff00::/8",
]);

function addTo(list: BlockList, range: string): void {
  const [address = "", prefix] = range.split("/");
  const version = isIP(address);
  if (version === 0) return; // stands for nobody
  const family = version === 6 ? "ipv6" : "ipv4";
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(prefix), family);
}

/** Without a zone, and an IPv4 address in IPv6's form, or one that a translator or a 6to4 relay makes of it, as what it is. */
function plainAddress(address: string): string {
  const [unscoped = ""] = address.split("%");
  if (isIP(unscoped) !== 6) return unscoped;
  const canonical = new URL(`http://[${unscoped}]`).hostname.slice(1, -1);
  const groups = groupsOf(canonical);
  const start = groups.slice(0, 6).join(":");
  if (start.startsWith("2002:")) return plainIpv4(groups[1], groups[2]);
  if (start === "0:0:0:0:0:0" && groups[6] === "0") return canonical; // `::1`
  return holdsIpv4.has(start) ? plainIpv4(groups[6], groups[7]) : canonical;
}

/** Mapped, compatible, translated (RFC 2765) and of NAT64. */
const holdsIpv4: ReadonlySet<string> = new Set(["0:0:0:0:0:ffff", "0:0:0:0:0:0", "0:0:0:0:ffff:0", "64:ff9b:0:0:0:0"]);

/** The eight of an IPv6 address in its canonical form. */
function groupsOf(canonical: string): readonly string[] {
  const [before = [], after] = canonical.split("::").map((side) => side.split(":").filter(Boolean));
  if (after === undefined) return before;
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}

function plainIpv4(highGroup = "", lowGroup = ""): string {
  const [high, low] = [Number.parseInt(highGroup, 16), Number.parseInt(lowGroup, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
