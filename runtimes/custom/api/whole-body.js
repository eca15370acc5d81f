// @ts-check

/**
 * The body of a request. What comes beyond `most` bytes is taken off the wire and forgotten, so that the client
 * can read its answer. Never rejects.
 * @param {import("node:http").IncomingMessage} request @param {number} most
 * @param {() => void} onTooLarge called at the byte that is too many
 * @returns {Promise<{ kind: "whole", body: Buffer } | { kind: "too-large" } | { kind: "cut" }>}
 */
export function wholeBody(request, most, onTooLarge) {
  /** @type {Buffer[]} */
  let chunks = [];
  let bytes = 0;
  let isTooLarge = false;
  request.on("data", (/** @type {Buffer} */ chunk) => {
    if (isTooLarge) return;
    bytes += chunk.length;
    if (bytes <= most) return void chunks.push(chunk);
    isTooLarge = true;
    chunks = [];
    onTooLarge();
  });
  return new Promise((resolve) => {
    request.on("end", () =>
      resolve(isTooLarge ? { kind: "too-large" } : { kind: "whole", body: Buffer.concat(chunks) }),
    );
    request.on("close", () => resolve({ kind: "cut" }));
    request.on("error", () => undefined); // `close` follows
  });
}
