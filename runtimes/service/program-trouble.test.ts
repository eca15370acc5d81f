import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeCodePackage } from "../../tests/conformance/code-package.ts";
import { programTrouble } from "./program-trouble.js";

/** What is said of a program with these bytes. */
async function troubleWith(bytes: Uint8Array): Promise<string | null> {
  await using code = await writeCodePackage({ main: { text: "", mode: 0o755 } });
  await writeFile(join(code.root, "main"), bytes);
  return programTrouble(join(code.root, "main"), "main");
}

/** Node itself, the compiled program that is here for sure. */
const own = async (): Promise<Buffer> => (await readFile(process.execPath)).subarray(0, 65_536);

const machineOffset = 18;
const loaderSegment = 3;

describe("a compiled program", { skip: process.platform !== "linux" }, () => {
  it("that this machine runs is in order", async () => assert.equal(await troubleWith(await own()), null));

  it("for another machine is told how to be built", async () => {
    const bytes = await own();
    const [number, name] = process.arch === "arm64" ? [62, "amd64"] : [183, "arm64"];
    bytes.writeUInt16LE(number, machineOffset);
    assert.match(
      (await troubleWith(bytes)) ?? "",
      new RegExp(
        `^main is built for ${name}, and this host is \\w+: build it for linux/\\w+ \\(Go: GOOS=linux GOARCH=`,
      ),
    );
    bytes.writeUInt16LE(8, machineOffset);
    assert.match((await troubleWith(bytes)) ?? "", /built for a machine of ELF number 8/);
  });

  it("that needs a loader which is not here is told to be linked statically", async () => {
    const bytes = await own();
    const start = Number(bytes.readBigUInt64LE(32));
    const size = bytes.readUInt16LE(54);
    const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, i) => start + i * size);
    const loader = segments.find((at) => bytes.readUInt32LE(at) === loaderSegment);
    assert.ok(loader !== undefined, "Node has a loader");
    const name = Number(bytes.readBigUInt64LE(loader + 8));
    bytes.write("/lib/ld-musl", name, "latin1");
    assert.match(
      (await troubleWith(bytes)) ?? "",
      /^main needs the loader \/lib\/ld-musl\S*, which does not exist here: link it statically/,
    );
  });

  it("that is cut short is told so, whatever its header promises", async () => {
    const bytes = await own();
    assert.match((await troubleWith(bytes.subarray(0, 20))) ?? "", /^main is cut short/);
    assert.equal(await troubleWith(bytes.subarray(0, 70)), null);
  });
});
