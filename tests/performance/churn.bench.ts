import { readFileSync } from "node:fs";
import { openBenchBoxes, type Phases } from "./boxes.ts";
import { percentile, verdict } from "./load.ts";

/**
 * T6 at the level of the driver: containers with their networks, four at a time, for thirty seconds; each is booted, claimed, answers one call and
 * is gone before its lane makes the next. As root.
 */
const seconds = Number(process.env["BENCH_SECONDS"] ?? 30);
const lanes = Number(process.env["BENCH_LANES"] ?? 4);

interface Life extends Phases {
  /** Until nothing of it is on the host. */
  readonly end: number;
}

async function main(): Promise<void> {
  await using boxes = await openBenchBoxes();
  for (let warming = 0; warming < 5; warming++) await (await boxes.serve()).box.kill();
  const lives: Life[] = [];
  const [started, busy] = [performance.now(), busyMs()];
  const lane = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1_000) {
      const { box, phases } = await boxes.serve();
      const ending = performance.now();
      await box.kill();
      lives.push({ ...phases, end: performance.now() - ending });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const rate = (lives.length * 1_000) / (performance.now() - started);
  const each = (busyMs() - busy) / lives.length;
  for (const name of ["boot", "claim", "init", "call", "end"] as const) {
    const times = lives.map((life) => life[name]);
    const cells = [50, 99].map((p) => `p${p} ${percentile(times, p).toFixed(1)} ms`);
    process.stdout.write(`${name.padEnd(6)} ${cells.join("  ")}\n`);
  }
  process.stdout.write(`n ${lives.length}, ${each.toFixed(1)} ms of processor time each, the kernel's included\n`);
  const figure = `${rate.toFixed(1)} a second (driver level, ${lanes} at a time, ${seconds} s)`;
  verdict("T6", "new containers, network included, each answering ≥ 25 a second", figure, rate >= 25);
}

/** Processor time of this machine in user, nice, system and interrupts. */
function busyMs(): number {
  const fields = (readFileSync("/proc/stat", "latin1").split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) * 10;
}

await main();
