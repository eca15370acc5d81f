import type { Route } from "../../scheduler/index.ts";
import type { RequestHead } from "../listener/request-head.ts";

/** What every function is told about this installation. */
export interface InstallationFacts {
  readonly region: string;
  readonly appId: string;
  readonly uin: string;
}

/** The headers of a request that hold for every call with the same head and route; the request id is added per call. */
interface PreparedHeaders {
  readonly route: Route;
  readonly prefix: string;
  readonly pairs: readonly string[];
}

/** Kept with the head they were made of, where it repeats, and gone with it. */
const prepared = new WeakMap<RequestHead, PreparedHeaders>();

/** End-to-end headers with the X-Scf headers that are known before a version is chosen. */
export function functionHeaders(
  head: RequestHead,
  route: Route,
  prefix: string,
  facts: InstallationFacts,
): readonly string[] {
  const before = prepared.get(head);
  if (before !== undefined && before.route === route && before.prefix === prefix) return before.pairs;
  const pairs = [
    ...head.endToEnd,
    ...(prefix === "" ? [] : ["x-forwarded-prefix", prefix]),
    "x-scf-name",
    route.name,
    "x-scf-namespace",
    route.namespace,
    "x-scf-timeout",
    String(route.timeoutS),
    "x-scf-region",
    facts.region,
    "x-scf-appid",
    facts.appId,
    "x-scf-uin",
    facts.uin,
  ];
  if (head.isRepeated) prepared.set(head, { route, prefix, pairs });
  return pairs;
}
