// @ts-check

/**
 * Node's own Fetch classes. They take 35 to 40 ms to load, more than the rest of Node, so they are only loaded when
 * something needs them: `fetch`, forms, blobs.
 */
export const nativeClasses = {
  /** Null until something needed them. @type {Natives | null} */
  loaded: null,

  /** @returns {Natives} */
  load() {
    if (this.loaded !== null) return this.loaded;
    const replaced = names.map(
      (name) => /** @type {const} */ ([name, Object.getOwnPropertyDescriptor(globalThis, name)]),
    );
    for (const name of names) define(name, original[name]);
    const { Request, Response, Headers } = globalThis;
    this.loaded = { Request, Response, Headers, fetch: original.fetch };
    for (const [name, descriptor] of replaced) define(name, descriptor);
    return this.loaded;
  },
};

/** @typedef {{ Request: typeof Request, Response: typeof Response, Headers: typeof Headers, fetch: typeof fetch }} Natives */

const names = /** @type {const} */ (["Request", "Response", "Headers"]);

/** Getters that load; taken before anybody replaces them. */
const original = {
  Request: Object.getOwnPropertyDescriptor(globalThis, "Request"),
  Response: Object.getOwnPropertyDescriptor(globalThis, "Response"),
  Headers: Object.getOwnPropertyDescriptor(globalThis, "Headers"),
  fetch: globalThis.fetch,
};

/** @param {string} name @param {PropertyDescriptor | undefined} descriptor */
function define(name, descriptor) {
  if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
}
