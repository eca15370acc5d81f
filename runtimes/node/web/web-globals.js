// @ts-check
import { nativeClasses } from "./native-classes.js";
import { WebHeaders } from "./web-headers.js";
import { WebRequest } from "./web-request.js";
import { WebResponse } from "./web-response.js";

/** Puts the classes that are made piece by piece in the place of Node's own, before user code is loaded. */
export function installWebGlobals() {
  install("Request", WebRequest);
  install("Response", WebResponse);
  install("Headers", WebHeaders);
  install("fetch", fetchAnything);
  Object.defineProperty(fetchAnything, "name", { value: "fetch" });
}

/**
 * `fetch` that also takes our requests, which Node's own does not know.
 * @param {any} input @param {any} [init] as fetch has them
 */
function fetchAnything(input, init) {
  const { fetch } = nativeClasses.load();
  try {
    return fetch(
      typeof input === "object" && input instanceof WebRequest && !isNative(input) ? WebRequest.toNative(input) : input,
      init,
    );
  } catch (error) {
    return Promise.reject(error);
  }
}

/** @param {object} input */
function isNative(input) {
  return nativeClasses.loaded !== null && input instanceof nativeClasses.loaded.Request;
}

/** @param {string} name @param {Function} value */
function install(name, value) {
  if (/^Web/.test(value.name)) Object.defineProperty(value, "name", { value: name });
  Object.defineProperty(globalThis, name, { configurable: true, writable: true, enumerable: false, value });
}
