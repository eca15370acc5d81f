import { setTimeout as pause } from "node:timers/promises";

/** @param {string} name */
async function* greet(name) {
  const encoder = new TextEncoder();
  for (const word of ["Hello", ", ", name, "!\n"]) {
    yield encoder.encode(word);
    await pause(100);
  }
}

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    console.log(request.method, pathname);
    if (pathname === "/json") return Response.json({ method: request.method, path: pathname });
    return new Response(ReadableStream.from(greet(searchParams.get("name") ?? "world")), {
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  },
};
