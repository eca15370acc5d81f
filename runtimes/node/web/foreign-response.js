// @ts-check

/** Headers of one connection, which a function cannot set. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
]);
const decodedByFetch = /^(?:x-)?gzip$|^deflate$|^br$|^zstd$/;

/**
 * A response that is not of our class but has its shape: one of Node's own `fetch`, of undici, of node-fetch.
 * @param {unknown} response
 * @returns {import("./web-response.js").Content | null}
 */
export function foreignContent(response) {
  if (typeof response !== "object" || response === null) return null;
  const { status, headers, body, url } = /** @type {Record<string, unknown>} */ (response);
  if (typeof status !== "number" || !isEntries(headers) || body === undefined) return null;
  return {
    status,
    pairs: pairsOf(headers, typeof url === "string" && url !== ""),
    whole: body === null ? null : undefined,
    takeStream: () =>
      body instanceof ReadableStream ? body : ReadableStream.from(/** @type {AsyncIterable<Uint8Array>} */ (body)),
  };
}

/** @param {unknown} headers @returns {headers is Iterable<[string, string]>} */
function isEntries(headers) {
  return typeof headers === "object" && headers !== null && Symbol.iterator in headers;
}

/**
 * An answer that `fetch` received is already decoded, though its headers still speak of the encoded bytes.
 * @param {Iterable<[string, string]>} headers @param {boolean} isFetched
 */
function pairsOf(headers, isFetched) {
  /** @type {string[]} */
  const pairs = [];
  const entries = [...headers];
  const isDecoded =
    isFetched && entries.some(([name, value]) => name === "content-encoding" && decodedByFetch.test(value));
  for (const [name, value] of entries) {
    if (hopByHop.has(name)) continue;
    if (isDecoded && (name === "content-encoding" || name === "content-length")) continue;
    pairs.push(name, value);
  }
  return pairs;
}
