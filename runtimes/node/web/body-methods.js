// @ts-check

/** @typedef {import("./web-body.js").WebBody} WebBody */

/**
 * Gives a class the methods by which a body is read, as the Fetch standard has them: Request and Response share them.
 * @template {{ readonly headers: import("./web-headers.js").WebHeaders }} Owner
 * @param {Owner} prototype @param {(owner: Owner) => WebBody} bodyOf
 */
export function addBodyMethods(prototype, bodyOf) {
  /** @type {Record<string, (this: Owner) => unknown>} */
  const methods = {
    text() {
      return bodyOf(this).text();
    },
    async json() {
      return JSON.parse(await bodyOf(this).text());
    },
    async bytes() {
      return new Uint8Array(await bodyOf(this).bytes());
    },
    async arrayBuffer() {
      return new Uint8Array(await bodyOf(this).bytes()).buffer;
    },
    blob() {
      return bodyOf(this).blob(this.headers.get("content-type"));
    },
    formData() {
      return bodyOf(this).formData(this.headers.get("content-type"));
    },
  };
  for (const [name, value] of Object.entries(methods)) {
    // as methods of a class are; without a prototype, because user code may have given every object a `get`
    const descriptor = { __proto__: null, value, writable: true, configurable: true };
    Object.defineProperty(prototype, name, /** @type {PropertyDescriptor} */ (descriptor));
  }
}
