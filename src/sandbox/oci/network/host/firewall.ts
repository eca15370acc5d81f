import {
  apiOffset,
  formatAddress,
  formatRange,
  gatewayAddress,
  gatewayOffset,
  parseRange,
  rangesOverlap,
  type AddressRange,
} from "../address-range.ts";
import type { InstallationNames } from "./installation-names.ts";

/** What one installation's boxes may reach. */
export interface FirewallPlan {
  readonly names: InstallationNames;
  readonly range: AddressRange;
  /** Private networks that boxes may reach all the same. */
  readonly allowedNetworks: readonly AddressRange[];
  /** IPv4 addresses of at most three nameservers. */
  readonly resolvers: readonly string[];
  readonly connectionsPerBox: number;
  /** Port of this host's loopback at which the platform's API answers boxes; null: none yet. */
  readonly apiPort: number | null;
}

/** Connections of one box to the API: they are descriptors of the platform's own process. */
const apiConnectionsPerBox = 32;

/** No setting opens these: loopback, link-local, multicast and reserved addresses, and those at which clouds give away credentials. */
const neverReached = [
  "0.0.0.0/8",
  "100.100.100.200", // metadata of Alibaba Cloud
  "127.0.0.0/8",
  "168.63.129.16", // WireServer of Azure
  "169.254.0.0/16", // metadata of everybody else
  "192.0.0.0/24", // metadata of Oracle Cloud, and protocol assignments
  "224.0.0.0/4",
  "240.0.0.0/4", // with the broadcast address
];

/** Networks of offices, homes and data centres: closed unless a setting opens a part. */
const privateNetworks = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"];

/** The range that no setting opens and that a network touches; null: none. */
export function findForbidden(network: AddressRange): AddressRange | null {
  return neverReached.map(knownRange).find((range) => rangesOverlap(network, range)) ?? null;
}

/**
 * The whole table, replacing an earlier one in one step. It is the same for every box: an interface is ours by its name and cut off by
 * its group, so that a box comes and goes without a rule. A `drop` or `reject` here is final; an `accept` leaves other tables their say.
 */
export function firewallRules(plan: FirewallPlan): string {
  const { table } = plan.names;
  return `table inet ${table}
delete table inet ${table}
table inet ${table} {
  set flows { type ipv4_addr; size 65535; flags dynamic; }
  set api_flows { type ipv4_addr; size 65535; flags dynamic; }
  set never { type ipv4_addr; flags interval; auto-merge; elements = { ${neverReached.join(", ")} }; }
  set private { type ipv4_addr; flags interval; auto-merge; elements = { ${privateNetworks.join(", ")} }; }
  set allowed { type ipv4_addr; flags interval; auto-merge; ${allowedElements(plan)} }

${addressChains(plan)}
${screeningChains(plan)}
${hostChains(plan.names)}
${forwardChains(plan.names)}
}
${doorRules(plan)}`;
}

/** Who talks to whom, as packets say it. */
function addressChains({ names, range }: FirewallPlan): string {
  const ours = oursIn(names);
  return `  chain doors { }
  chain open_doors { }
  chain open_api { }
  # Before the chains of others (Docker's, say), which must not lead our doors elsewhere.
  chain prerouting { type nat hook prerouting priority dstnat - 5; iifname ${ours} jump doors; }
  # By address: the interface that a packet came from is unknown here on older kernels.
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${formatRange(range)} oifname != ${ours} masquerade;
  }
`;
}

/** What every packet of a box goes through, wherever it leads. */
function screeningChains({ connectionsPerBox }: FirewallPlan): string {
  return `  # At once: a drop would make callers wait. TCP by a reset, as the kernel sends few ICMP errors a second.
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }
  chain honest {
    meta nfproto != ipv4 drop
    ct state invalid drop
    fib saddr . iif oif missing drop
    # The kernel's table of connections is every box's: one may not fill it.
    ct state new add @flows { ip saddr ct count over ${connectionsPerBox} } goto refuse
  }
`;
}

/** What boxes reach through this host, and who reaches them. */
function forwardChains(names: InstallationNames): string {
  const ours = oursIn(names);
  return `  chain forward {
    type filter hook forward priority filter;
    iifname ${ours} goto to_outside
    oifname ${ours} goto to_box
  }
  chain to_outside {
    iifgroup ${names.cutGroup} goto refuse
    jump honest
    oifname ${ours} goto refuse
    ct state established,related accept
    jump open_doors
    # Others lead elsewhere what was addressed to this host: published ports of containers are its services, too.
    ct status dnat goto refuse
    ip daddr @never goto refuse
    ip daddr @allowed accept
    ip daddr @private goto refuse
  }
  # The host itself opens connections to boxes, and its packets do not come this way.
  chain to_box {
    ct state established,related accept
    goto refuse
  }`;
}

function oursIn(names: InstallationNames): string {
  return `"${names.interfacePrefix}*"`;
}

/** What boxes reach of this host itself: only what stands behind the doors. */
function hostChains(names: InstallationNames): string {
  return `  chain input { type filter hook input priority filter; iifname "${names.interfacePrefix}*" goto to_host; }
  chain to_host {
    iifgroup ${names.cutGroup} ct direction original goto cut_to_host
    jump honest
    ct state established,related accept
    jump open_doors
    jump open_api
    goto refuse
  }
  # What is cut off from the outside may still ask the platform, which asks who it is.
  chain cut_to_host {
    jump honest
    jump open_api
    goto refuse
  }
  chain to_api {
    ct state new add @api_flows { ip saddr ct count over ${apiConnectionsPerBox} } goto refuse
    accept
  }`;
}

/**
 * The doors: addresses of ours, behind which a nameserver of the host answers on port 53 alone, and the platform's API on port 80 alone.
 * Replaced while boxes run when the host's nameservers change, or the API begins to answer.
 */
export function doorRules({ names, range, resolvers, apiPort }: FirewallPlan): string {
  const table = `inet ${names.table}`;
  const rules = resolvers.flatMap((resolver, index) => {
    const door = formatAddress(range.base + gatewayOffset + index);
    return [
      `add rule ${table} doors ip daddr ${door} meta l4proto { tcp, udp } th dport 53 dnat ip to ${resolver}`,
      `add rule ${table} open_doors ct status dnat meta l4proto { tcp, udp } ct original ip daddr ${door} ct original proto-dst 53 accept`,
    ];
  });
  const apiDoor = formatAddress(range.base + apiOffset);
  if (apiPort !== null) {
    rules.push(
      `add rule ${table} doors ip daddr ${apiDoor} tcp dport ${apiDoorPort} dnat ip to 127.0.0.1:${apiPort}`,
      `add rule ${table} open_api ct status dnat meta l4proto tcp ct original ip daddr ${apiDoor} ct original proto-dst ${apiDoorPort} goto to_api`,
    );
  }
  // No interface has the address. What is not for the API goes where it is refused at once: a client that tries HTTPS must not wait.
  rules.push(`add rule ${table} doors ip daddr ${apiDoor} dnat ip to ${gatewayAddress(range)}`);
  const flushes = ["doors", "open_doors", "open_api"].map((chain) => `flush chain ${table} ${chain}`);
  return [...flushes, ...rules, ""].join("\n");
}

/** Plain HTTP: there is no certificate authority that functions would trust. */
const apiDoorPort = 80;

function allowedElements({ allowedNetworks }: FirewallPlan): string {
  return allowedNetworks.length === 0 ? "" : `elements = { ${allowedNetworks.map(formatRange).join(", ")} };`;
}

function knownRange(text: string): AddressRange {
  const range = parseRange(text);
  if (range === null) throw new Error(`"${text}" is no address range`);
  return range;
}
