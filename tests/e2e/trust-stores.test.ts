import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { LocalAuthority } from "../../src/gateway/tls/local-authority.ts";
import { changeTrust } from "../../cli/server/trust-stores.ts";

const run = promisify(execFile);
const hasCertutil = await run("certutil", ["-H"]).then(
  () => true,
  (error: NodeJS.ErrnoException) => error.code !== "ENOENT", // it exits with 1 after its help
);

/** Whichever is there, Chromium has. */
for (const store of [".pki/nssdb", ".local/share/pki/nssdb"]) {
  test(
    `a browser's store ~/${store} trusts the authority once, and no longer after the undo`,
    { skip: !hasCertutil },
    async () => {
      await using home = await fs.mkdtempDisposable(path.join(os.tmpdir(), "gust-trust-"));
      const database = path.join(home.path, store);
      await fs.mkdir(database, { recursive: true });
      await run("certutil", ["-N", "-d", `sql:${database}`, "--empty-password"]);
      const { file, places } = await authorityIn(home.path);
      const listed = async (): Promise<string> => (await run("certutil", ["-L", "-d", `sql:${database}`])).stdout;
      for (let i = 0; i < 2; i++) {
        const [system, browser] = await changeTrust(file, "trust", places);
        assert.deepEqual([system?.state, browser?.state, browser?.note], ["absent", "done", database]);
        assert.equal((await listed()).match(/gust-[0-9a-f]{16} +C,,/g)?.length, 1);
      }
      await changeTrust(file, "distrust", places);
      assert.doesNotMatch(await listed(), /gust-/);
    },
  );
}

test("says that no browser has a store yet", async () => {
  await using home = await fs.mkdtempDisposable(path.join(os.tmpdir(), "gust-trust-"));
  const { file, places } = await authorityIn(home.path);
  const [, browsers, ...others] = await changeTrust(file, "trust", places);
  assert.deepEqual([browsers?.store, browsers?.state, others], ["browsers", "absent", []]);
  assert.match(browsers?.note ?? "", /yet/);
  const undone = await changeTrust(file, "distrust", places);
  assert.deepEqual(
    undone.map(({ store }) => store),
    ["system"],
  );
});

async function authorityIn(home: string) {
  await LocalAuthority.open(home, "localhost", Date.now());
  const userDataDirectory = path.join(home, ".local/share");
  const places = { homeDirectory: home, userDataDirectory, systemDirectory: path.join(home, "absent") };
  return { file: path.join(home, "tls", "authority.pem"), places };
}
