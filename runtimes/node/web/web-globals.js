// @ts-check
import { nativeFetch } from "./native-fetch.js";
import { WebHeaders } from "./web-headers.js";
import { WebRequest } from "./web-request.js";
import { WebResponse } from "./web-response.js";

/** Puts the classes that are made piece by piece in the place of Node's own, before user code is loaded. */
export function installWebGlobals() {
  install("Request", WebRequest);
  install("Response", WebResponse);
  install("Headers", WebHeaders);
  install("fetch", fetchAnything);
}

/**
 * `fetch` that takes our requests, which Node's own does not know.
 * @param {unknown} input @param {RequestInit & { dispatcher?: unknown }} [init] as fetch has them
 */
async function fetchAnything(input, init) {
  if (!(input instanceof WebRequest)) return nativeFetch(/** @type {string | URL} */ (input), init);
  const request =
    init === undefined ? input : new WebRequest(input, /** @type {import("./web-request.js").Init} */ (init)); // the same, but for undefined
  return nativeFetch(request.url, { ...init, ...WebRequest.fetchInit(request) });
}

/**
 * By assigning: defining the property would first load what it replaces.
 * @param {"Request" | "Response" | "Headers" | "fetch"} name @param {Function} value
 */
function install(name, value) {
  Object.defineProperty(value, "name", { value: name });
  Reflect.set(globalThis, name, value);
}
