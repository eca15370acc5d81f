import { readFileSync } from "node:fs";
import { systemClock, type Logger } from "../../../core/index.ts";
import { apiOffset, formatAddress, formatRange, maxResolvers, parseRange, type AddressRange } from "./address-range.ts";
import type { BoxNetwork } from "./box-network.ts";
import { checkForwarding, checkHost, findDrops, turnForwardingOn } from "./host/check-host.ts";
import { checkRange, claimRange, openGateway, readDefaultInterface } from "./host/claim-range.ts";
import { Doors } from "./doors.ts";
import { findForbidden, firewallRules, type FirewallPlan } from "./host/firewall.ts";
import { nameInstallation } from "./host/installation-names.ts";
import { removeLeftovers } from "./host/leftovers.ts";
import { parseResolvers, readResolvers } from "./host/resolvers.ts";
import { runProgram } from "./host/run-program.ts";
import { NetworkPool } from "./network-pool.ts";

/** Networks for boxes, made ahead. Disposing it removes all of them from the host, those in use too. */
export interface BoxNetworks extends AsyncDisposable {
  /** Addresses of boxes. */
  readonly range: string;
  /** What boxes lack although they have a network, one sentence each. */
  readonly warnings: readonly string[];
  take(options: { signal: AbortSignal }): Promise<BoxNetwork>;
  /** Contents of a box's `/etc/resolv.conf`. */
  resolvConf(): string;
  /** At which boxes reach the platform's API on port 80, once it is opened, and nothing else. */
  readonly apiAddress: string;
  /** From now on it is the server on this port of the host's loopback. */
  openApi(port: number): Promise<void>;
}

export interface BoxNetworksOptions {
  /** Starts with 8 hexadecimal digits, which name everything on the host. */
  readonly installation: string;
  readonly logger: Logger;
  /** Networks kept ready. */
  readonly poolSize: number;
  /** Addresses of boxes, `/12` to `/28`; a free range by default. */
  readonly range?: string | undefined;
  /** Private networks that boxes may reach; none by default. */
  readonly allowedNetworks?: readonly string[];
  /** IPv4 nameservers of boxes; those of the host by default. */
  readonly resolvers?: readonly string[] | undefined;
  /** Open connections of one box, at most. */
  readonly connectionsPerBox?: number;
  /**
   * Whether this only shows that networks can be made: forwarding stays as it is, and a free range takes the place of the given one, which is
   * looked at and may be in use by the installation of this name.
   */
  readonly trialFor?: string;
  /** The host's list of nameservers. */
  readonly resolvConfFile?: string;
}

/** A quarter of what small hosts remember (16,384 with 1 GB), and four times a process's descriptors. */
const standardConnectionsPerBox = 4_096;

/**
 * Removes what an earlier run of the installation left, fences the host and makes the first network. Throws an Error of one sentence when
 * this host cannot; nothing is changed then but, perhaps, forwarding.
 */
export async function createBoxNetworks(options: BoxNetworksOptions): Promise<BoxNetworks> {
  const { installation, logger } = options;
  const names = nameInstallation(installation);
  const wishes = readWishes(options);
  await checkHost();
  await removeLeftovers(installation);
  await (options.trialFor === undefined ? turnForwardingOn(logger) : checkForwarding());
  await using steps = new AsyncDisposableStack();
  steps.defer(() => removeLeftovers(installation));
  const range = await claimRange(names, await rangeToClaim(options, wishes.range), logger);
  await openGateway(range, names);
  const resolvConfFile = options.resolvConfFile ?? "/etc/resolv.conf";
  const resolvers = options.resolvers ?? (await readResolvers(resolvConfFile));
  const plan: FirewallPlan = { ...wishes, names, range, resolvers, apiPort: null };
  await raiseFence(plan);
  const outside = await readDefaultInterface();
  const size = Math.max(1, options.poolSize); // one is made in any case, to see that this host can
  const pool = steps.use(new NetworkPool({ names, range, mtu: readMtu(outside), size, clock: systemClock, logger }));
  const doors = steps.use(new Doors({ plan, pool, logger }));
  if (options.resolvers === undefined) doors.follow(resolvConfFile);
  await pool.open();
  const warnings = await findGaps(plan, outside);
  logger.info({ range: formatRange(range), table: names.table, resolvers }, "Sandboxes have networks of their own");
  const owned = steps.move();
  return {
    range: formatRange(range),
    warnings,
    take: (takeOptions) => pool.take(takeOptions),
    resolvConf: () => doors.resolvConf(),
    apiAddress: formatAddress(range.base + apiOffset),
    openApi: (port) => doors.openApi(port),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Null: whichever is free. */
async function rangeToClaim(
  { trialFor }: BoxNetworksOptions,
  wanted: AddressRange | null,
): Promise<AddressRange | null> {
  if (trialFor === undefined) return wanted;
  if (wanted !== null) await checkRange(wanted, nameInstallation(trialFor));
  return null;
}

/** What the settings say, checked. */
function readWishes(options: BoxNetworksOptions): Pick<FirewallPlan, "allowedNetworks" | "connectionsPerBox"> & {
  readonly range: AddressRange | null;
} {
  for (const resolver of options.resolvers ?? []) {
    if (parseResolvers(`nameserver ${resolver}`).length === 0) {
      throw new Error(`GUST_BOX_RESOLVERS: "${resolver}" is no IPv4 address`);
    }
  }
  if ((options.resolvers?.length ?? 0) > maxResolvers) {
    throw new Error(`GUST_BOX_RESOLVERS: a box can have ${maxResolvers} nameservers at most`);
  }
  return {
    range: options.range === undefined ? null : readBoxRange(options.range),
    allowedNetworks: (options.allowedNetworks ?? []).map(readAllowedNetwork),
    connectionsPerBox: options.connectionsPerBox ?? standardConnectionsPerBox,
  };
}

function readBoxRange(text: string): AddressRange {
  const range = parseRange(text);
  if (range === null || range.prefix < 12 || range.prefix > 28) {
    throw new Error(`GUST_BOX_RANGE: "${text}" is no range of addresses from /12 to /28, such as 10.200.0.0/16`);
  }
  const forbidden = findForbidden(range);
  if (forbidden === null) return range;
  throw new Error(`GUST_BOX_RANGE: ${text} touches ${formatRange(forbidden)}, which has another meaning`);
}

function readAllowedNetwork(text: string): AddressRange {
  const network = parseRange(text);
  if (network === null) throw new Error(`GUST_BOX_ALLOW: "${text}" is no network, such as 10.1.0.0/16 or 10.1.2.3`);
  const forbidden = findForbidden(network);
  if (forbidden === null || forbidden.prefix > network.prefix) return network; // a wider one opens all but that
  throw new Error(`GUST_BOX_ALLOW: ${text} is part of ${formatRange(forbidden)}, which stays closed to sandboxes`);
}

async function raiseFence(plan: FirewallPlan): Promise<void> {
  await runProgram("nft", ["-f", "-"], firewallRules(plan)).catch((cause: unknown) => {
    throw new Error(
      `This kernel refuses the packet rules that fence sandboxes; it needs nf_tables with NAT, conntrack and fib: ${String(cause)}`,
      { cause },
    );
  });
}

/** What boxes will lack on this host, one sentence each. */
async function findGaps({ names, resolvers }: FirewallPlan, outside: string | null): Promise<readonly string[]> {
  const gaps: string[] = [];
  if (outside === null) gaps.push("This host has no IPv4 default route: functions reach nothing outside");
  if (resolvers.length === 0) {
    gaps.push("This host names no IPv4 nameserver: functions cannot resolve names; set GUST_BOX_RESOLVERS");
  }
  for (const table of await findDrops("forward")) {
    gaps.push(
      `The table "${table}" of this host drops forwarded packets: functions reach nothing outside unless it lets ` +
        `interfaces ${names.interfacePrefix}* pass in both directions (iptables -I FORWARD -i ${names.interfacePrefix}+ -j ACCEPT, and -o)`,
    );
  }
  for (const table of await findDrops("input")) {
    gaps.push(
      `The table "${table}" of this host drops incoming packets: functions do not reach the platform's API unless it lets interfaces ` +
        `${names.interfacePrefix}* pass (iptables -I INPUT -i ${names.interfacePrefix}+ -j ACCEPT); our own rules refuse them the rest of this host`,
    );
  }
  return gaps;
}

function readMtu(outside: string | null): number {
  return outside === null ? 1_500 : Number(readFileSync(`/sys/class/net/${outside}/mtu`, "latin1"));
}
