import { readFileSync } from "node:fs";
import { openBenchBoxes } from "./boxes.ts";
import { verdict } from "./load.ts";
import { withDescendants } from "./processes.ts";

/** What a warm Node sandbox holds: 150 containers with their networks, each of which has answered a call. As root. */
const count = Number(process.env["BENCH_BOXES"] ?? 150);
const mebibyte = 1024 * 1024;

async function main(): Promise<void> {
  await using boxes = await openBenchBoxes();
  await (await boxes.serve()).box.kill(); // what the first one loads, all share
  const before = availableMb();
  const ids = new Set<string>();
  for (let made = 0; made < count; made++) ids.add((await boxes.serve()).box.id);
  const taken = (before - availableMb()) / count;
  const shares = withDescendants(process.pid).filter((pid) => ids.has(sandboxOf(pid)));
  const pss = shares.reduce((sum, pid) => sum + pssMb(pid), 0) / count;
  process.stdout.write(`${count} sandboxes, ${shares.length} processes\n`);
  process.stdout.write(
    `MemAvailable went down by ${taken.toFixed(1)} MB a sandbox, the kernel's part and this process's included\n`,
  );
  verdict("", `PSS of a warm Node sandbox beside ${count - 1} others ≤ 12 MB`, `${pss.toFixed(1)} MB`, pss <= 12);
}

function availableMb(): number {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "latin1"))?.[1] ?? 0) / 1024;
}

/** Its share of the pages that it holds together with others, and all of its own. */
function pssMb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return (Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024) / mebibyte;
}

function sandboxOf(pid: number): string {
  return /\0GUST_SANDBOX=([^\0]*)/.exec(`\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`)?.[1] ?? "";
}

await main();
