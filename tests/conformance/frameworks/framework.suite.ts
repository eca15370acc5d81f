import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { it } from "node:test";
import { ask, begin, cookiesFor, landingOf, type AppAddress } from "./app-client.ts";

/** What every application of the matrix does, whatever it is made with: the same routes, asked by its domain and by its path. */
export function frameworkSuite(name: string, addressOf: () => AppAddress): void {
  it("answers, also to HEAD, and its own 404 stays its own", async () => {
    const app = addressOf();
    const { status, body } = await ask(app, "/");
    assert.equal(status, 200);
    assert.match(body, new RegExp(`hello from ${name}`));
    const head = await ask(app, "/landed", { method: "HEAD" });
    assert.equal(head.body, "");
    assert.ok(head.status === 200 || head.status === 405, `HEAD: ${head.status}`);
    const missing = await ask(app, "/nowhere");
    assert.deepEqual([missing.status, missing.headers["x-scf-status"]], [404, undefined]);
  });

  it("streams: its first line is here before it knows the second", async () => {
    const app = addressOf();
    const id = randomUUID();
    const response = await begin(app, `/stream/${id}`);
    let received = "";
    for await (const piece of response.setEncoding("utf8")) {
      if (received === "") {
        assert.equal(piece, "first\n");
        const released = await ask(app, `/stream/${id}`, { method: "POST" });
        assert.deepEqual(JSON.parse(released.body), { released: id });
      }
      received += piece;
    }
    assert.equal(received, "first\nsecond\n");
  });

  it("sets several cookies, which come back to it and to the paths that they are for", async () => {
    const app = addressOf();
    const { cookies } = await ask(app, "/cookies");
    const pairs = cookies.map((cookie) => cookie.split(";", 1).join(""));
    assert.deepEqual(pairs.toSorted(), ["deep=d1", "session=s1", "theme=dark"]);
    const everywhere = cookiesFor(app, "/landed", cookies, "/cookies");
    assert.deepEqual(everywhere.split("; ").toSorted(), ["session=s1", "theme=dark"]);
    const seen = await ask(app, "/cookies/seen", {
      headers: { cookie: cookiesFor(app, "/cookies/seen", cookies, "/cookies") },
    });
    assert.deepEqual(JSON.parse(seen.body), { deep: "d1", session: "s1", theme: "dark" });
    const other = { ...app, basePath: "/~default/another" };
    if (app.basePath !== "") assert.equal(cookiesFor(other, "/", cookies, "/cookies"), "");
  });

  for (const [kind, landing] of [
    ["relative", "/landed"],
    ["root", "/landed?from=root"],
    ["absolute", "/landed"],
    ["elsewhere", "https://example.com/landed"],
  ] as const) {
    it(`redirects: ${kind}`, async () => {
      const app = addressOf();
      const { status, headers } = await ask(app, `/redirect/${kind}`);
      assert.ok([301, 302, 303, 307, 308].includes(status), `status ${status}`);
      const found = landingOf(app, `/redirect/${kind}`, headers.location ?? "");
      assert.equal(found, landing);
      if (found.startsWith("/")) assert.equal((await ask(app, found)).body, "landed");
    });
  }

  it("takes a multipart upload of 5 MB", async () => {
    const app = addressOf();
    const content = Buffer.alloc(5_000_000, `${randomUUID()}\r\n--x`);
    const form = new FormData();
    form.set("title", "a title");
    form.set("file", new File([content], "names.bin"));
    const encoded = new Response(form);
    const type = encoded.headers.get("content-type") ?? "";
    const body = new Uint8Array(await encoded.arrayBuffer());
    const { status, body: answer } = await ask(app, "/upload", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    assert.ok(status === 200 || status === 201, answer);
    const sha256 = createHash("sha256").update(content).digest("hex");
    assert.deepEqual(JSON.parse(answer), { title: "a title", name: "names.bin", size: content.length, sha256 });
  });

  it("sees its own path, the client's host, and the base path in a header", async () => {
    const app = addressOf();
    const { body } = await ask(app, "/where");
    assert.deepEqual(JSON.parse(body), { path: "/where", host: app.host, prefix: app.basePath });
  });
}
