import { z } from "zod";
import type { Logger } from "../../../../core/index.ts";
import { formatRange, gatewayAddress, parseRange, rangesOverlap, type AddressRange } from "../address-range.ts";
import type { InstallationNames } from "./installation-names.ts";
import { runProgram } from "./run-program.ts";

/** A route of this host, as far as it matters here. */
export interface HostRoute {
  readonly range: AddressRange;
  /** `eth0`, or what the route does instead of leading to an interface. */
  readonly leadsTo: string;
  readonly metric: number;
}

/** Blocks wider than this are ways to everywhere (a VPN splits its default route in two), not a network of the host. */
const widestNetwork = 7;

const routesSchema = z.array(
  z.object({
    type: z.string().optional(),
    dst: z.string(),
    dev: z.string().optional(),
    metric: z.number().optional(),
  }),
);

/** All IPv4 routes in all tables, default routes apart; a host's own addresses are among them. */
async function readRoutes(): Promise<readonly HostRoute[]> {
  const output = await runProgram("ip", ["-j", "-4", "route", "show", "table", "all"]);
  return routesSchema.parse(JSON.parse(output || "[]")).flatMap(({ type, dst, dev, metric }) => {
    const range = parseRange(dst);
    if (range === null || range.prefix <= widestNetwork) return [];
    return [{ range, leadsTo: dev ?? type ?? "nowhere", metric: metric ?? 0 }];
  });
}

/** The interface of the default route; null: this host has no way out. */
export async function readDefaultInterface(): Promise<string | null> {
  const output = await runProgram("ip", ["-j", "-4", "route", "show", "default"]);
  return routesSchema.parse(JSON.parse(output || "[]")).find(({ dev }) => dev !== undefined)?.dev ?? null;
}

/**
 * Takes a range of addresses that no route of this host touches: the given one, or the first free candidate. The claim is a route of
 * ours, `unreachable`, which also answers at once for boxes that are gone. Who sees another claim on the same range after its own gives
 * way, so that two installations that start at the same moment both end up alone.
 */
export async function claimRange(
  names: InstallationNames,
  given: AddressRange | null,
  logger: Logger,
): Promise<AddressRange> {
  const passedOver: string[] = [];
  for (const range of given === null ? candidates(names.routeMetric) : [given]) {
    const conflict = await tryClaim(range, names);
    if (conflict === null) {
      if (passedOver.length > 0) logger.warn({ passedOver }, `Address ranges in use on this host were passed over`);
      return range;
    }
    passedOver.push(sayConflict(range, conflict));
  }
  throw noRange(passedOver);
}

function sayConflict(range: AddressRange, conflict: HostRoute): string {
  return `${formatRange(range)} (${formatRange(conflict.range)} → ${conflict.leadsTo})`;
}

function noRange(passedOver: readonly string[]): Error {
  return new Error(
    `No address range is free for sandboxes on this host: ${passedOver.slice(0, 3).join(", ")}` +
      `${passedOver.length > 3 ? ", …" : ""}; set GUST_BOX_RANGE to one that is`,
  );
}

/** Throws an Error that names the route in the way of a range that the installation `names` would be given, or has already. */
export async function checkRange(range: AddressRange, names: InstallationNames): Promise<void> {
  const others = (await readRoutes()).filter(({ leadsTo }) => !leadsTo.startsWith(names.interfacePrefix));
  const conflict = findConflict(range, names.routeMetric, others);
  if (conflict !== null) throw noRange([sayConflict(range, conflict)]);
}

/** Gives the range back. Does nothing when there is no claim of this installation. */
export async function releaseRange({ routeMetric }: InstallationNames): Promise<void> {
  for (const route of await readRoutes()) {
    if (route.metric !== routeMetric) continue;
    if (isGateway(route)) await changeGateway("del", formatRange(route.range), routeMetric);
    else if (isClaim(route)) await changeClaim("del", route.range, routeMetric);
  }
}

/**
 * Makes the gateway's address one of this host, once for all boxes. A route in place of an address at each interface: browsers on this host break off
 * what they fetch whenever an address comes or goes (Chromium: ERR_NETWORK_CHANGED).
 */
export async function openGateway(range: AddressRange, { routeMetric }: InstallationNames): Promise<void> {
  await changeGateway("add", gatewayAddress(range), routeMetric);
}

/** Null: claimed. Otherwise the route that is in the way. */
async function tryClaim(range: AddressRange, { routeMetric }: InstallationNames): Promise<HostRoute | null> {
  const before = findConflict(range, routeMetric, await readRoutes());
  if (before !== null) return before;
  await changeClaim("add", range, routeMetric);
  const after = findConflict(range, routeMetric, await readRoutes());
  if (after !== null) await changeClaim("del", range, routeMetric);
  return after;
}

export function findConflict(range: AddressRange, ownMetric: number, routes: readonly HostRoute[]): HostRoute | null {
  const isOurs = (route: HostRoute): boolean => route.metric === ownMetric && (isClaim(route) || isGateway(route));
  return routes.find((route) => rangesOverlap(route.range, range) && !isOurs(route)) ?? null;
}

function isClaim({ leadsTo }: HostRoute): boolean {
  return leadsTo === "unreachable";
}

function isGateway({ leadsTo, range }: HostRoute): boolean {
  return leadsTo === "lo" && range.prefix === 32;
}

async function changeGateway(change: "add" | "del", address: string, metric: number): Promise<void> {
  const route = ["local", address, "dev", "lo", "table", "local", "metric", String(metric)];
  await runProgram("ip", ["route", change, ...route]);
}

async function changeClaim(change: "add" | "del", range: AddressRange, metric: number): Promise<void> {
  await runProgram("ip", ["route", change, "unreachable", formatRange(range), "metric", String(metric)]);
}

/**
 * Ranges of 65,536 addresses in the order of trial: those of 100.64.0.0/10, set aside for address translation and rare in local networks,
 * then half of 10.0.0.0/8. Each installation begins elsewhere, so that two on one host seldom meet.
 */
export function candidates(seed: number): readonly AddressRange[] {
  const shared = rotate(blocks(100, 64, 64), seed);
  return [...shared, ...rotate(blocks(10, 128, 128), seed)];
}

function blocks(first: number, from: number, count: number): readonly AddressRange[] {
  return Array.from({ length: count }, (_, index) => ({ base: (first * 256 + from + index) * 65_536, prefix: 16 }));
}

function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
