import type { CompiledApi, CompiledEnvironment, CompiledService } from "../services/compiled-service.ts";
import type { RequestHead } from "../../listener/request-head.ts";
import { apiRefusal, type ApiRefusal } from "./api-refusal.ts";
import { looseReading, plainPath } from "./path-of-api.ts";

/** A request of an API: where it leads, and what its path says. */
export interface ApiRequest {
  readonly kind: "api-request";
  readonly service: CompiledService;
  readonly environment: CompiledEnvironment;
  readonly api: CompiledApi;
  /** What was taken off the path: the environment, or the path of a domain. */
  readonly prefix: string;
  /** The rest of it, with what needs no percent sign decoded. */
  readonly path: string;
  /** All of it, as it was sent. */
  readonly sentPath: string;
  /** What follows the `?`; empty for none. */
  readonly query: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** What of a request decides where it leads. */
export interface RequestLine {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly head: Pick<RequestHead, "hostName" | "authority">;
}

/** The API that a request of a service is for. */
export function findApi(service: CompiledService, { method, url, head }: RequestLine): ApiRequest | ApiRefusal {
  const at = url.indexOf("?");
  const sentPath = at < 0 ? url : url.slice(0, at);
  const whole = plainPath(sentPath);
  if (whole === null) return unclearPath;
  const place = placeOf(service, head.hostName, whole);
  if (place.kind === "api-refusal") return place;
  const environment = service.environment(place.environment);
  if (environment === null) return unknownEnvironment(place, whole);
  if (!methods.has(method)) return apiRefusal(404, "Could not support method.");
  const path = place.path === "" ? "/" : place.path;
  const found = environment.matcher.find(method, path);
  if (found === null) return apiRefusal(404, `There is no api match uri[${whole}] host [${head.authority}]`);
  if (!("api" in found)) return apiRefusal(405, "Method Not Allowed.", ["allow", found.allowed.join(", ")]);
  if (mayMeanAnother(environment, { method, path, api: found.api })) return unclearPath;
  const query = at < 0 ? "" : url.slice(at + 1);
  return { kind: "api-request", service, environment, prefix: place.prefix, path, sentPath, query, ...found };
}

/** Whether a lenient back end could take the path for that of another API, which may let other callers in. */
function mayMeanAnother(
  { matcher }: CompiledEnvironment,
  { method, path, api }: { readonly method: string; readonly path: string; readonly api: CompiledApi },
): boolean {
  const loose = looseReading(path);
  if (loose === path || looseReading(api.path) !== api.path) return false; // the latter: its owner wrote it so
  const other = matcher.find(method, loose);
  return other !== null && "api" in other && other.api !== api;
}

const unclearPath = apiRefusal(400, "Bad Request: the path may be read in more than one way.");

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]);

interface Place {
  readonly kind: "place";
  readonly environment: string;
  readonly prefix: string;
  readonly path: string;
  readonly isDefault: boolean;
}

/** The environment that a path names: its first segment, or what its domain says of it. */
function placeOf(service: CompiledService, hostName: string, path: string): Place | ApiRefusal {
  const paths = service.domain(hostName)?.paths ?? null;
  if (paths === null) {
    const end = path.indexOf("/", 1);
    const prefix = end < 0 ? path : path.slice(0, end);
    return { kind: "place", environment: prefix.slice(1), prefix, path: path.slice(prefix.length), isDefault: true };
  }
  const longest = paths
    .filter((mapping) => isBelow(path, prefixOf(mapping)))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  if (longest === undefined) return apiRefusal(404, `There is no api match env_mapping '${firstSegment(path)}'`);
  const prefix = prefixOf(longest);
  return { kind: "place", environment: longest.environment, prefix, path: path.slice(prefix.length), isDefault: false };
}

function unknownEnvironment(place: Place, path: string): ApiRefusal {
  const mapping = firstSegment(path);
  return apiRefusal(404, `There is no api match ${place.isDefault ? "default " : ""}env_mapping '${mapping}'`);
}

function firstSegment(path: string): string {
  return (/^\/[^/]*/.exec(path)?.[0] ?? "/").slice(0, 200);
}

/** Without a last slash, which means nothing here. */
function prefixOf({ path }: { readonly path: string }): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === "" || path === prefix || path.startsWith(`${prefix}/`);
}
