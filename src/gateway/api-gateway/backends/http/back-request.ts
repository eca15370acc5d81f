import type { ApiBackend, ApiConstant, MappedParameter } from "../../../../core/index.ts";
import type { Exchange } from "../../../listener/exchange.ts";
import { apiRefusal, type ApiRefusal } from "../../request/api-refusal.ts";
import type { ApiRequest } from "../../request/api-request.ts";
import type { BodyParameters } from "../../request/body-parameters.ts";
import type { ParameterValues } from "../../request/declared-parameters.ts";
import { leadsUpwards } from "../../request/path-of-api.ts";
import { hopsHeader, nextHop } from "../hops.ts";

export type HttpBackend = Extract<ApiBackend, { kind: "http" }>;

/** A request as its HTTP back end gets it. */
export interface BackRequest {
  readonly method: string;
  readonly url: URL;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Null: the client's body goes through as it comes. */
  readonly body: Buffer | null;
}

type ChangingApi = Pick<ApiRequest["api"], "backend" | "constants" | "parameters">;

/** Whether the body has to be there in whole, as parameters of it are changed. */
export function changesBody({ backend, constants, parameters }: ChangingApi): boolean {
  if (backend.kind !== "http") return false;
  const preset = parameters.filter(({ presetValue }) => presetValue !== null);
  const places = [...constants, ...preset, ...backend.mapped.flatMap(({ from, to }) => [from, to])];
  return places.some(({ place }) => place === "BODY");
}

/**
 * The request that an HTTP back end gets: the client's, with its path after that of the API behind the back end's own, with parameters
 * that are mapped taken from where they stood to where they belong, and with constants.
 */
export function backRequest(
  exchange: Exchange,
  request: ApiRequest,
  backend: HttpBackend,
  values: ParameterValues,
): BackRequest | ApiRefusal {
  const { api } = request;
  const places = new Places(exchange, request, changesBody(api) ? values.inBody : null);
  for (const { from } of backend.mapped) places.remove(from);
  for (const { from, to, presetValue } of backend.mapped) {
    if (places.renameInBody(from, to)) continue;
    const value = values.of(from.place, from.name) ?? presetValue ?? presetOf(api, from);
    if (value !== null) places.set({ ...to, value });
  }
  for (const { place, name, presetValue } of api.parameters) {
    const isMapped = backend.mapped.some(({ from }) => from.place === place && from.name === name);
    if (presetValue !== null && !isMapped && values.of(place, name) === null) {
      places.set({ place, name, value: presetValue });
    }
  }
  for (const constant of api.constants) places.set(constant);
  const filled = backend.path.replace(/\{([^{}/]+)\}/g, (whole, name: string) => places.path.get(name) ?? whole);
  if (filled !== backend.path && leadsUpwards(filled))
    return apiRefusal(400, "Bad Request: a path variable is `.` or `..`.");
  const url = new URL(backend.url);
  url.pathname = joined(url.pathname, filled + restOf(request, backend.path));
  url.search = places.query.toString();
  const method = backend.method === "ANY" ? (exchange.request.method ?? "GET") : backend.method;
  const changed = places.changedBody();
  const headers = [
    ...places.headers(),
    hopsHeader,
    String(nextHop(exchange)),
    ...framing(method, changed === null ? exchange.head.bodyLength : changed.length),
  ];
  return { method, url, headers, body: changed };
}

/** What the API has for a parameter that the request lacks. */
function presetOf({ parameters }: ChangingApi, { place, name }: MappedParameter["from"]): string | null {
  return parameters.find((one) => one.place === place && one.name === name)?.presetValue ?? null;
}

/** How the back end knows where the body ends; Node would not say it of every method. `length`: null, nobody knows it yet. */
function framing(method: string, length: number | null): readonly string[] {
  if (length === null) return ["transfer-encoding", "chunked"];
  return length === 0 && /^(?:GET|HEAD|OPTIONS)$/.test(method) ? [] : ["content-length", String(length)];
}

type Place = MappedParameter["from"];

/** The parameters of a request by where they stand. */
class Places {
  readonly path: Map<string, string>;
  readonly query: URLSearchParams;
  readonly #inBody: BodyParameters | null;
  readonly #pairs: readonly string[];
  readonly #removed = new Set<string>();
  readonly #added: string[] = [];

  /** `inBody`: null, nobody looks at the body. */
  constructor({ head }: Exchange, { query, pathParameters }: ApiRequest, inBody: BodyParameters | null) {
    this.path = new Map(Object.entries(pathParameters).map(([name, value]) => [name, encodeURIComponent(value)]));
    this.query = new URLSearchParams(query);
    this.#inBody = inBody;
    this.#pairs = head.endToEnd;
  }

  remove({ place, name }: Place): void {
    if (place === "QUERY") this.query.delete(name);
    if (place === "HEADER") this.#removed.add(name.toLowerCase());
    if (place === "BODY") this.#inBody?.remove(name);
  }

  /** False: it does not stay in the body, or was not sent. */
  renameInBody(from: Place, to: Place): boolean {
    return from.place === "BODY" && to.place === "BODY" && (this.#inBody?.copy(from.name, to.name) ?? false);
  }

  set({ place, name, value }: ApiConstant): void {
    if (place === "PATH") this.path.set(name, encodeURIComponent(value));
    if (place === "QUERY") this.query.set(name, value);
    if (place === "BODY") this.#inBody?.set(name, value);
    if (place !== "HEADER" || /[^\t\x20-\x7e\x80-\xff]/.test(value)) return; // what no header can be is not sent
    this.#removed.add(name.toLowerCase());
    this.#added.push(name, value);
  }

  headers(): readonly string[] {
    const kept: string[] = [];
    const newType = this.#inBody?.newType ?? null;
    for (let i = 0; i + 1 < this.#pairs.length; i += 2) {
      const name = this.#pairs[i] ?? "";
      const lower = name.toLowerCase();
      const isOurs =
        lower === "host" ||
        lower === "content-length" ||
        lower === hopsHeader ||
        (newType !== null && lower === "content-type");
      if (isOurs || this.#removed.has(lower)) continue;
      kept.push(name, this.#pairs[i + 1] ?? "");
    }
    if (newType !== null) kept.push("content-type", newType);
    return [...kept, ...this.#added];
  }

  /** Null: it goes on as it was sent. */
  changedBody(): Buffer | null {
    return this.#inBody?.changed() ?? null;
  }
}

/** What follows the API's own path, where that is a prefix without variables. */
function restOf({ api, path }: ApiRequest, backPath: string): string {
  if (api.isExactPath || api.path.includes("{")) return "";
  const rest = path.slice(api.path.endsWith("/") ? api.path.length - 1 : api.path.length);
  return backPath.endsWith("/") && rest.startsWith("/") ? rest.slice(1) : rest;
}

function joined(base: string, path: string): string {
  const start = base.endsWith("/") ? base.slice(0, -1) : base;
  return path.startsWith("/") || path === "" ? start + path || "/" : `${start}/${path}`;
}
