import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";

const bound = new URL("heap-growth.js", import.meta.url).href;

/** Most that the heap of a process takes, in MB, while 80,000 small objects come and go in it. */
function peakMb(memoryMb: number): number {
  const code = `
    const { boundHeapGrowth } = await import(${JSON.stringify(bound)});
    boundHeapGrowth(${memoryMb});
    const cache = new Array(80_000).fill(null);
    let peak = 0;
    for (let made = 0; made < 1_200_000; made++) {
      cache[(made * 7_919) % cache.length] = { made, text: "of " + made, list: [made, made + 1] };
      if (made % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().heapTotal);
    }
    console.log(peak / 1_048_576);`;
  return Number(
    execFileSync(process.execPath, ["--single-threaded-gc", "--input-type=module", "-e", code], { encoding: "utf8" }),
  );
}

it("node: the heap of a small function stays near what is alive in it", () => {
  const peak = peakMb(128); // 90; at V8's own pace 138 to 201
  assert.ok(peak < 110, `${peak} MB`);
});
