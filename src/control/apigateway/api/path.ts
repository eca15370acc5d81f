import { ApiError } from "../../api-error.ts";

export interface ParsedPath {
  readonly path: string;
  readonly isExactPath: boolean;
  /** Names in `{}`, which take a segment each. */
  readonly names: readonly string[];
}

/** The path of an API: `/a/{name}`, a prefix; with `=` in front of it exact. */
export function parsePath(text: string): ParsedPath {
  const isExactPath = text.startsWith("=");
  const path = isExactPath ? text.slice(1) : text;
  if (!pathPattern.test(path))
    throw problem(text, 'must be a path such as /, /a or /a/{name}, with "=" in front of it for that path alone');
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = ""]) => name);
  if (new Set(names).size < names.length) throw problem(text, "names a parameter twice");
  return { path, isExactPath, names };
}

/** Segments of what a path may have unescaped, or one `{name}` each. */
const pathPattern =
  /^\/(?:(?:[\w.~!$&'()*+,;:@%-]+|\{[\w-]{1,64}\})(?:\/(?:[\w.~!$&'()*+,;:@%-]+|\{[\w-]{1,64}\}))*\/?)?$/;

function problem(text: string, sentence: string): ApiError {
  const shown = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return new ApiError(
    "InvalidParameterValue.InvalidApiRequestConfig",
    `RequestConfig.Path ${sentence}; it is ${JSON.stringify(shown)}.`,
  );
}
