import { isUtf8 } from "node:buffer";
import { pathOfUrl, queryOfUrl } from "../path-of-url.ts";

/** What the event of a request is made of. */
export interface EventSource {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly clientAddress: string;
  readonly body: Buffer;
}

/**
 * The event that an event function gets for a request of its URL, as JSON text: an API gateway's without what a function URL
 * has not. A body that is no UTF-8 text is base64, and then `isBase64Encoded` says so.
 */
export function requestEvent({ method, url, headers, clientAddress, body }: EventSource): string {
  const isText = isUtf8(body);
  return JSON.stringify({
    body: body.toString(isText ? "utf8" : "base64"),
    headers: { ...eventHeaders(headers), "x-scf-remote-addr": clientAddress },
    httpMethod: method,
    path: pathOfUrl(url),
    queryString: readQuery(queryOfUrl(url)),
    ...(isText ? {} : { isBase64Encoded: true }),
  });
}

/** By lower-case name; repeated ones are joined. */
export function eventHeaders(pairs: readonly string[]): Readonly<Record<string, string>> {
  const byName = new Map<string, string>();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = (pairs[i] ?? "").toLowerCase();
    const before = byName.get(name);
    const value = pairs[i + 1] ?? "";
    byName.set(name, before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`);
  }
  return Object.fromEntries(byName);
}

export type QueryValue = string | true | readonly (string | true)[];

/** `true` for a name alone, a list for one that comes again. */
export function readQuery(query: string): Readonly<Record<string, QueryValue>> {
  const values = new Map<string, (string | true)[]>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? true : decode(part.slice(at + 1));
    const before = values.get(name);
    if (before === undefined) values.set(name, [value]);
    else before.push(value);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? "") : all]));
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced; // not percent-encoded text: the function sees it as it came
  }
}
