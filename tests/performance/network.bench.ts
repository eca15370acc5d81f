import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createBoxNetworks, type BoxNetworks } from "../../src/sandbox/oci/network/box-networks.ts";
import type { BoxNetwork } from "../../src/sandbox/oci/network/box-network.ts";

/**
 * What the network of a box costs: `script/bench network`, as root. It runs on a network of its own, with what `[held]` boxes (100, 1,200)
 * already have beside it; the host's rules and routes stay as they are.
 */
const inside = "on-its-own-network";
const quiet = { error: console.error, warn: console.error, info() {}, debug() {} };
const signal = AbortSignal.timeout(300_000);

if (process.argv[2] === inside) {
  const loopback = spawnSync("ip", ["link", "set", "lo", "up"]);
  if (loopback.status !== 0) throw new Error(String(loopback.stderr));
  for (const held of [0, 100, 1_200]) await measure(held);
} else {
  const start = `mount -t sysfs sysfs /sys && exec "$@"`;
  const again = [process.execPath, import.meta.filename, inside];
  const { status } = spawnSync("unshare", ["--net", "--mount", "sh", "-c", start, "sh", ...again], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}

async function measure(held: number): Promise<void> {
  await using networks = await createBoxNetworks({ installation: "be0c4000", poolSize: 8, logger: quiet });
  const started = performance.now();
  const boxes = await Promise.all(Array.from({ length: held }, () => networks.take({ signal })));
  if (held > 0) report(held, "made", `${perSecond(held, started)}/s`);
  await measureTakes(networks, held);
  await measureChurn(networks, held);
  const [box] = boxes;
  if (box !== undefined) measureReads(box, held);
  const removing = performance.now();
  await Promise.all(boxes.map((it) => it[Symbol.asyncDispose]()));
  const answered = performance.now() - removing;
  while (countInterfaces() > 9) await new Promise(setImmediate);
  const gone = performance.now() - removing;
  if (held > 0) report(held, "removed", `answered after ${answered.toFixed(1)} ms, gone after ${gone.toFixed(0)} ms`);
}

/** One at a time out of a full pool: what a boot waits for. */
async function measureTakes(networks: BoxNetworks, held: number): Promise<void> {
  const times: number[] = [];
  for (let count = 0; count < 200; count++) {
    await untilFull(held);
    const before = performance.now();
    const box = await networks.take({ signal });
    times.push(performance.now() - before);
    await box[Symbol.asyncDispose]();
  }
  report(held, "take, pool full", percentiles(times));
}

/** Eight ready beside those held; those of the last round have gone. */
async function untilFull(held: number): Promise<void> {
  while (countInterfaces() !== held + 8) await new Promise(setImmediate);
}

/** Four at once, each taken and given back as fast as it goes; the processor time of all, the kernel's workers too. */
async function measureChurn(networks: BoxNetworks, held: number): Promise<void> {
  const [total, lanes] = [1_000, 4];
  const times: number[] = [];
  const [before, cpu] = [performance.now(), busyMs()];
  const lane = async (): Promise<void> => {
    for (let count = 0; count < total / lanes; count++) {
      const began = performance.now();
      const box = await networks.take({ signal });
      times.push(performance.now() - began);
      await box[Symbol.asyncDispose]();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const rate = perSecond(total, before);
  await untilFull(held);
  report(
    held,
    "made and removed",
    `${rate}/s, ${((busyMs() - cpu) / total).toFixed(2)} ms CPU each; ${percentiles(times)}`,
  );
}

function measureReads(box: BoxNetwork, held: number): void {
  const rounds = 2_000;
  let before = performance.now();
  for (let count = 0; count < rounds; count++) box.bytesOut();
  report(held, "bytesOut", `${(((performance.now() - before) * 1_000) / rounds).toFixed(1)} µs`);
  before = performance.now();
  for (let count = 0; count < rounds; count++) box.cutPublic();
  report(held, "cutPublic", `${(((performance.now() - before) * 1_000) / rounds).toFixed(1)} µs`);
}

function countInterfaces(): number {
  return readdirSync("/sys/class/net").filter((name) => name.startsWith("gbe0c4000-")).length;
}

/** Processor time of this machine in user, nice, system and interrupts. */
function busyMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync("/proc/stat", "latin1").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) * 10;
}

function perSecond(count: number, sinceMs: number): number {
  return Math.round((count * 1_000) / (performance.now() - sinceMs));
}

function percentiles(times: number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
  return `p50 ${at(0.5)}, p99 ${at(0.99)} ms (n = ${times.length})`;
}

function report(held: number, what: string, figure: string): void {
  console.log(`${String(held).padStart(5)} boxes beside it | ${what.padEnd(16)} | ${figure}`);
}
