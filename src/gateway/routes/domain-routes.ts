import type { Routes } from "../../scheduler/index.ts";
import type { CustomDomain, DomainEndpoint } from "../../store/index.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";
import { pathOfUrl } from "../path-of-url.ts";
import type { FunctionDestination } from "./function-destination.ts";
import { HostPaths } from "./host-paths.ts";
import { rewritePath } from "./rewrite-path.ts";

/** What a table of custom domains says of a host and a path. */
export interface DomainTargets extends SettingsLookup {
  find(hostName: string, path: string): DomainEndpoint | "no-path" | null;
}

export interface SettingsLookup {
  /** Null: that is no domain of a user's own. */
  settingsOf(hostName: string): DomainSettings | null;
}

/** What holds for all paths of a domain. */
export type DomainSettings = Pick<CustomDomain, "protocol" | "certificateId">;

/** The paths of a domain as the route table has them. */
export function pathsOf({ endpoints }: CustomDomain): HostPaths<DomainEndpoint> {
  return new HostPaths(endpoints.map((endpoint) => ({ match: endpoint.pathMatch, target: endpoint })));
}

/** Where a request leads by its custom domain; null: that is none. */
export function routeByDomain(
  domains: DomainTargets,
  routes: Routes,
  hostName: string,
  url: string,
): ({ readonly kind: "function" } & FunctionDestination) | Refusal | null {
  const path = pathOfUrl(url);
  const endpoint = domains.find(hostName, path);
  if (endpoint === null) return null;
  if (endpoint === "no-path") return noPath(hostName, path);
  const { namespace, functionName, qualifier, rewrites } = endpoint;
  const route = routes.byName(namespace, functionName, qualifier);
  if (route === null) return functionMissing(hostName, endpoint);
  if (route === "event-function") return eventFunction(hostName, endpoint);
  if (rewrites.length === 0) return { kind: "function", route, path: url, prefix: "" };
  const rewritten = rewritePath(path, rewrites);
  return { kind: "function", route, path: rewritten.path + url.slice(path.length), prefix: rewritten.prefix };
}

function noPath(hostName: string, path: string): Refusal {
  return refusal(
    404,
    "PathNotMapped",
    `No path of the domain ${hostName} leads from ${path.slice(0, 200)} to a function. ` +
      "GetCustomDomain tells its paths; a path /* takes everything.",
  );
}

function functionMissing(hostName: string, { namespace, functionName, qualifier, pathMatch }: DomainEndpoint): Refusal {
  return refusal(
    404,
    "FunctionNotFound",
    `The path ${pathMatch} of the domain ${hostName} leads to the function "${functionName}" in the namespace "${namespace}" ` +
      `(qualifier ${qualifier}), which does not exist any more.`,
  );
}

function eventFunction(hostName: string, { namespace, functionName, pathMatch }: DomainEndpoint): Refusal {
  return refusal(
    404,
    "EventFunctionHasNoUrl",
    `The path ${pathMatch} of the domain ${hostName} leads to "${functionName}" in the namespace "${namespace}", ` +
      "which is an event function and answers no HTTP requests.",
  );
}
