import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { onLines } from "./output-lines.ts";

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  onLines(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return lines;
}

describe("lines of output", () => {
  it("come whole over any split, characters of several bytes too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme", maxLength: 20 })), fc.nat(), async (texts, cut) => {
        const lines = texts.map((text) => text.replaceAll("\n", ""));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const place = cut % (bytes.length + 1);
        assert.deepEqual(await linesOf([bytes.subarray(0, place), bytes.subarray(place)]), lines);
      }),
    );
  });

  it("include a last one without a newline", async () => {
    assert.deepEqual(await linesOf([Buffer.from("a\nlast")]), ["a", "last"]);
  });

  it("are cut at 64 KiB, and what is dropped is not kept either", async () => {
    const chunks = Array.from({ length: 50 }, () => Buffer.alloc(10_000, "x"));
    const lines = await linesOf([...chunks, Buffer.from("\nnext\n")]);
    assert.deepEqual(
      lines.map((line) => line.length),
      [65_536, 4],
    );
  });
});
