import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { startServer, type RunningServer } from "../running-server.ts";
import { makeDirectory, startGust } from "../gust-command.ts";

const page = (text: string) =>
  `export default { fetch: () => { console.log("printed ${text}"); return new Response("${text}"); } };\n`;

describe("gust dev", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  async function answer(): Promise<string> {
    const reply = await fetch(`${server.url}/~default/page/`);
    return reply.text();
  }

  it("has new code answering under a second after a save, shows logs, and survives a typing error", async () => {
    await using directory = await makeDirectory({ "index.mjs": page("first") });
    const dev = startGust(["dev", directory.path, "--name", "page", "--data", server.dataDirectory]);
    await dev.untilSaid(/page created in [\d.]+ s[^]*Watching/);
    assert.equal(await answer(), "first");
    await dev.untilSaid(/^printed first$/m);

    const saved = performance.now();
    await fs.writeFile(path.join(directory.path, "index.mjs"), page("second"));
    while ((await answer()) !== "second") assert.ok(performance.now() - saved < 5_000, "no new code within 5 s");
    const tookMs = performance.now() - saved;
    assert.ok(tookMs < 1_000, `it took ${tookMs} ms`);
    await dev.untilSaid(/page updated in/);

    await fs.writeFile(path.join(directory.path, "index.mjs"), "export default { fetch: ( };\n");
    await dev.untilSaid(/index\.mjs:1[^]*SyntaxError[^]*The version before goes on answering\./);
    assert.equal(await answer(), "second");

    await fs.writeFile(path.join(directory.path, "index.mjs"), page("third"));
    await dev.untilSaid(/page updated in[^]*page updated in/);
    assert.equal(await answer(), "third");
    dev.child.kill("SIGINT");
    const { code, stderr } = await dev.ended;
    assert.equal(code, 130, stderr);
  });
});
