import type { ApiMethod } from "../../../core/index.ts";
import { endOfSegment } from "../../routes/path-shape.ts";

/** What is matched: the front of an API. */
export interface ApiFront {
  readonly method: ApiMethod;
  readonly path: string;
  readonly isExactPath: boolean;
}

export interface ApiMatch<Api> {
  readonly api: Api;
  /** Segments that `{name}` took, decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Finds the API of a method and a path. As the API gateway has it: an exact path (`=`) comes first, then paths with `{name}`, the one with the most
 * segments first, then the longest of the rest, which are prefixes that end where a segment does. Built once, never changed.
 */
export class ApiMatcher<Api extends ApiFront> {
  readonly #exact = new Map<string, ByMethod<Api>>();
  readonly #prefixes = new Map<string, ByMethod<Api>>();
  readonly #variable = new PathNode<Api>();
  /** Segments of the longest prefix: whoever sends a thousand slashes has no thousand lookups done. */
  #deepest = 0;

  constructor(apis: readonly Api[]) {
    for (const api of apis) this.#add(api);
  }

  /** `path` as it was sent, without its query. `no-method`: it is an API's, with other methods. */
  find(method: string, path: string): ApiMatch<Api> | { readonly allowed: readonly string[] } | null {
    const allowed = new Set<string>();
    const exact = methodOf(this.#exact.get(path), method, allowed);
    if (exact !== null) return { api: exact, pathParameters: {} };
    const variable = this.#findVariable(method, path, allowed);
    if (variable !== null) return variable;
    const prefix = this.#findPrefix(method, path, allowed);
    if (prefix !== null) return { api: prefix, pathParameters: {} };
    return allowed.size === 0 ? null : { allowed: [...allowed] };
  }

  #add(api: Api): void {
    if (api.path.includes("{")) return this.#variable.add(segmentsOf(api.path), api);
    if (api.isExactPath) return put(this.#exact, api.path, api);
    const path = withoutLastSlash(api.path);
    this.#deepest = Math.max(this.#deepest, segmentsOf(path).length);
    put(this.#prefixes, path, api);
  }

  #findVariable(method: string, path: string, allowed: Set<string>): ApiMatch<Api> | null {
    if (this.#variable.isEmpty) return null;
    const segments = segmentsOf(path);
    const found = this.#variable.find({ method, segments, allowed }, 0);
    return found === null ? null : { api: found, pathParameters: parametersOf(found.path, segments) };
  }

  #findPrefix(method: string, path: string, allowed: Set<string>): Api | null {
    let end = endOfSegment(path, this.#deepest);
    for (;;) {
      const found = methodOf(this.#prefixes.get(path.slice(0, end)), method, allowed);
      if (found !== null) return found;
      if (end <= 0) return null;
      end = path.lastIndexOf("/", end - 1);
    }
  }
}

/** APIs of one path. */
type ByMethod<Api> = Map<string, Api>;

interface Search {
  readonly method: string;
  readonly segments: readonly string[];
  /** Methods that paths which fit have. */
  readonly allowed: Set<string>;
}

/** One segment of paths with variables. Every node is visited once at most by a search. */
class PathNode<Api extends ApiFront> {
  readonly #fixed = new Map<string, PathNode<Api>>();
  #variable: PathNode<Api> | null = null;
  #exact: ByMethod<Api> | undefined;
  #prefix: ByMethod<Api> | undefined;

  get isEmpty(): boolean {
    return this.#fixed.size === 0 && this.#variable === null;
  }

  add([first, ...rest]: readonly string[], api: Api): void {
    if (first === undefined) {
      const apis = new Map(api.isExactPath ? this.#exact : this.#prefix).set(api.method, api);
      if (api.isExactPath) this.#exact = apis;
      else this.#prefix = apis;
      return;
    }
    this.#next(first).add(rest, api);
  }

  /** The deepest API that fits from here on. */
  find(search: Search, depth: number): Api | null {
    const segment = search.segments[depth];
    if (segment === undefined) {
      const exact = methodOf(this.#exact, search.method, search.allowed);
      if (exact !== null) return exact;
    } else {
      const deeper = this.#fixed.get(segment)?.find(search, depth + 1) ?? this.#taken(segment, search, depth);
      if (deeper !== null) return deeper;
    }
    return methodOf(this.#prefix, search.method, search.allowed);
  }

  #taken(segment: string, search: Search, depth: number): Api | null {
    return segment === "" ? null : (this.#variable?.find(search, depth + 1) ?? null);
  }

  #next(segment: string): PathNode<Api> {
    if (isVariable(segment)) return (this.#variable ??= new PathNode());
    const known = this.#fixed.get(segment) ?? new PathNode<Api>();
    this.#fixed.set(segment, known);
    return known;
  }
}

function put<Api extends ApiFront>(into: Map<string, ByMethod<Api>>, path: string, api: Api): void {
  const apis = into.get(path) ?? new Map<string, Api>();
  apis.set(api.method, api);
  into.set(path, apis);
}

function methodOf<Api>(apis: ByMethod<Api> | undefined, method: string, allowed: Set<string>): Api | null {
  if (apis === undefined) return null;
  const found = apis.get(method) ?? apis.get("ANY");
  if (found !== undefined) return found;
  for (const one of apis.keys()) allowed.add(one);
  return null;
}

function parametersOf(path: string, segments: readonly string[]): Readonly<Record<string, string>> {
  const taken = segmentsOf(path).flatMap((segment, index) =>
    isVariable(segment) ? [[segment.slice(1, -1), decoded(segments[index] ?? "")] as const] : [],
  );
  return Object.fromEntries(taken);
}

function isVariable(segment: string): boolean {
  return segment.startsWith("{") && segment.endsWith("}");
}

/** Of `/a/b` and of `/a/b/`: `a`, `b`. */
function segmentsOf(path: string): string[] {
  const plain = withoutLastSlash(path);
  return plain === "" ? [] : plain.slice(1).split("/");
}

function withoutLastSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no percent-encoded text: the back end sees it as it came
  }
}
