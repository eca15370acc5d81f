import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { resolvConfWriter } from "./resolv-conf-writer.ts";

it("a text that could not be written is written the next time; one that was is not", async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-resolv-"));
  try {
    const file = path.join(directory, "etc", "resolv.conf");
    const write = resolvConfWriter(file);
    await assert.rejects(write("nameserver 10.0.0.1\n"), /ENOENT/);
    await mkdir(path.dirname(file));
    await write("nameserver 10.0.0.1\n");
    assert.equal(await readFile(file, "utf8"), "nameserver 10.0.0.1\n");
    await writeFile(file, "changed by another");
    await write("nameserver 10.0.0.1\n");
    assert.equal(await readFile(file, "utf8"), "changed by another");
  } finally {
    await rm(directory, { recursive: true });
  }
});
