import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import { makeDirectory } from "../gust-command.ts";
import { keptDirectory } from "../kept-directory.ts";

it("a kept directory is made once for its content, whole or not at all", async () => {
  await using parent = await makeDirectory();
  let made = 0;
  const keep = (content: string, half = false): Promise<string> =>
    keptDirectory({
      name: "example",
      content,
      parent: parent.path,
      async make(directory) {
        await fs.mkdir(directory);
        if (half) throw new Error("given up");
        await fs.writeFile(path.join(directory, "made"), String(++made));
      },
    });
  await assert.rejects(keep("a==1", true), /given up/);
  const first = await keep("a==1");
  assert.equal(await fs.readFile(path.join(first, "made"), "utf8"), "1");
  assert.equal(await keep("a==1"), first);
  assert.notEqual(await keep("a==2"), first);
  assert.equal(made, 2);

  await fs.rm(first, { recursive: true });
  await fs.mkdir(`${first}.999999999`); // its maker is no more
  assert.equal(await keep("a==1"), first);
  assert.deepEqual(
    (await fs.readdir(parent.path)).filter((name) => /\.\d+$/.test(name)),
    [],
  );
});

it("a kept directory that another process made meanwhile is taken", async () => {
  await using parent = await makeDirectory();
  const kept = await keptDirectory({
    name: "example",
    content: "",
    parent: parent.path,
    async make(directory) {
      await fs.mkdir(directory);
      const whole = directory.slice(0, -path.extname(directory).length);
      await fs.mkdir(whole);
      await fs.writeFile(path.join(whole, "made"), "by another");
    },
  });
  assert.equal(await fs.readFile(path.join(kept, "made"), "utf8"), "by another");
  assert.deepEqual(await fs.readdir(parent.path), [path.basename(kept)]);
});
