import { setTimeout as pause } from "node:timers/promises";

const lines = ["Each of these lines", "leaves the function", "as soon as it is there,", "and reaches you at once."];

/**
 * @param {number} pauseMs
 * @param {AbortSignal} signal aborted when the client goes away
 */
async function* count(pauseMs, signal) {
  const encoder = new TextEncoder();
  for (const line of lines) {
    yield encoder.encode(`${line}\n`);
    await pause(pauseMs, undefined, { signal });
  }
}

/** An HTTP function in the web's own shape: takes a Request, gives a Response whose body streams. */
export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/echo") return new Response(request.body, { headers: { "content-type": "text/plain" } });
    const pauseMs = Math.min(500, Number(searchParams.get("pause") ?? 100));
    return new Response(ReadableStream.from(count(pauseMs, request.signal)), {
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  },
};
