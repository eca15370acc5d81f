// @ts-check

/**
 * Node's own Fetch. It takes 20 to 40 ms to load, as much as the rest of Node, so it is only loaded by the first `fetch`
 * or form. Even looking at `globalThis.Response` would load it, so its classes are learnt from what `fetch` gives.
 */
const ownFetch = globalThis.fetch;

/** @typedef {{ Response: typeof Response, Headers: typeof Headers }} Natives */

/** Null until there was an answer to a `fetch`: before that user code cannot have instances. @type {Natives | null} */
let natives = null;

/** @param {unknown} value */
export function isNativeResponse(value) {
  return natives !== null && value instanceof natives.Response;
}

/** @param {unknown} value */
export function isNativeHeaders(value) {
  return natives !== null && value instanceof natives.Headers;
}

/** @param {string | URL} url @param {RequestInit} [init] */
export async function nativeFetch(url, init) {
  const response = await ownFetch(url, init);
  natives ??= /** @type {Natives} */ ({ Response: response.constructor, Headers: response.headers.constructor });
  return response;
}

/** The form in a body. @param {Uint8Array<ArrayBuffer>} bytes @param {string | null} contentType @returns {Promise<FormData>} */
export async function parseForm(bytes, contentType) {
  if (natives === null) await nativeFetch("data:,");
  const { Response } = /** @type {Natives} */ (natives); // there was an answer
  return new Response(bytes, contentType === null ? {} : { headers: { "content-type": contentType } }).formData();
}
