import { BlockList, isIP } from "node:net";

const privateNets = new BlockList();
for (const [net, prefix] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateNets.addSubnet(net, prefix, "ipv4");
}
privateNets.addAddress("::1", "ipv6");
privateNets.addSubnet("fc00::", 7, "ipv6");
privateNets.addSubnet("fe80::", 10, "ipv6");

/**
 * Where a request comes from. One that a proxy in our net passed on comes from where that says it does: a public address
 * anywhere on the way makes it one from outside, so that nobody gets in by claiming to be inside.
 */
export function isFromIntranet(peerAddress: string, forwardedFor: string): boolean {
  if (!isPrivate(peerAddress)) return false;
  const hops = forwardedFor.split(",").map((hop) => hop.trim());
  return hops.every((hop) => hop === "" || isPrivate(hop)); // what is no address is not known to be inside
}

function isPrivate(address: string): boolean {
  const [unscoped = ""] = address.split("%"); // of fe80::1%eth0
  const plain = unscoped.startsWith("::ffff:") ? unscoped.slice(7) : unscoped;
  const family = isIP(plain);
  return family !== 0 && privateNets.check(plain, family === 4 ? "ipv4" : "ipv6");
}
