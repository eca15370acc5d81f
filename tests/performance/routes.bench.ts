import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { HostPaths } from "../../src/gateway/routes/host-paths.ts";
import { RouteTable } from "../../src/gateway/routes/route-table.ts";
import { median, percentile, verdict } from "./load.ts";

/**
 * The route table with 100,000 hosts of four paths each, in 64 patterns: a lookup of a host and a path among them, in an order that no cache foresees, with
 * texts that were made anew as those of requests are; then changes of one host. The anchor is one lookup of the same text in one plain Map.
 */
const hosts = Number(process.env["BENCH_HOSTS"] ?? 100_000);
const lookups = 200_000;
/** Made at a time, and looked up before their texts leave the cache. */
const batch = 50;
const changes = 1_000;
const rounds = 5;

const hostNamed = (index: number): string => `shop-${(index * 7_919) % hosts}.customer-${index}.example.com`;
const pathsOf = (index: number): HostPaths<number> =>
  new HostPaths([
    { match: "/*", target: index },
    { match: `/api-${index % 64}/*`, target: index + 1 },
    { match: `/api-${index % 64}/v2/*`, target: index + 2 },
    { match: "/assets/logo.svg", target: index + 3 },
  ]);
const asked = (index: number): string[] => [
  "/",
  `/api-${index % 64}/v2/orders/1234`,
  "/assets/logo.svg",
  "/deep/down/in/the/tree",
];

const draft = RouteTable.draft<number>();
const plain = new Map<string, number>();
for (let index = 0; index < hosts; index++) {
  draft.add(hostNamed(index), pathsOf(index));
  plain.set(hostNamed(index), index);
}
let table = draft.finish();

/** Texts of their own for every lookup, just made, as a parser makes them: without a hash yet, and nobody else's. */
function requests(): { host: string; path: string }[] {
  return Array.from({ length: batch }, (_, index) => {
    const at = Math.floor(Math.random() * hosts);
    const bytes = Buffer.from(`${hostNamed(at)} ${asked(at)[index % 4] ?? "/"}`, "latin1");
    const space = bytes.indexOf(" ");
    return { host: bytes.toString("latin1", 0, space), path: bytes.toString("latin1", space + 1) };
  });
}

/** Microseconds of one lookup. */
function timed(lookUp: (host: string, path: string) => unknown): number {
  let found = 0;
  let ms = 0;
  for (let done = 0; done < lookups; done += batch) {
    const some = requests();
    const started = performance.now();
    for (const { host, path } of some) if (lookUp(host, path) !== null) found += 1;
    ms += performance.now() - started;
  }
  if (found !== lookups) throw new Error(`${lookups - found} lookups found nothing`);
  return (ms * 1_000) / lookups;
}

/** Changes one host after the other, each in a turn of its own; gives their times in ms and the loop's longest turn. */
async function change(): Promise<{ times: number[]; longestMs: number }> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const times: number[] = [];
  for (let index = 0; index < changes; index++) {
    await nextTurn();
    const started = performance.now();
    table = table.with(hostNamed(Math.floor(Math.random() * hosts)), pathsOf(-index));
    times.push(performance.now() - started);
  }
  delays.disable();
  return { times, longestMs: delays.max / 1e6 };
}

const own: number[] = [];
const anchor: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const both = [timed((host) => plain.get(host) ?? null), timed((host, path) => table.find(host, path))] as const;
  if (round === 0) continue; // warms up
  anchor.push(both[0]);
  own.push(both[1]);
}
const { times, longestMs } = await change();
const [us, mapUs] = [median(own), median(anchor)];
process.stdout.write(
  `${hosts} hosts, ${hosts * 4} paths; median of ${rounds} rounds of ${lookups} lookups\n` +
    `anchor, one plain Map, host alone: ${mapUs.toFixed(3)} µs; table, host and path: ${us.toFixed(3)} µs (${(us / mapUs).toFixed(2)} ×)\n` +
    `a change: p50 ${median(times).toFixed(3)} ms, p99 ${percentile(times, 99).toFixed(3)} ms; longest turn of the loop meanwhile ${longestMs.toFixed(1)} ms\n`,
);
verdict("R1", "lookup of host and path among 100,000 hosts ≤ 1 µs", `${us.toFixed(3)} µs`, us <= 1);
const longest = Math.max(...times);
verdict("R2", "a change holds the loop ≤ 5 ms", `${longest.toFixed(2)} ms at most of ${changes}`, longest <= 5);
