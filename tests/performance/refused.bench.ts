import { TokenBuckets } from "../../src/gateway/protection/token-buckets.ts";
import { deploy, type DeployedFunction } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { median, runLoad, verdict, type LoadResult } from "./load.ts";
import { descendantsNamed, pin, withDescendants } from "./processes.ts";

/**
 * What a refused request costs beside a served one: the same requests, on kept-alive connections, to functions of one server that has a
 * limit and of one that has none, in turn. Then what a token bucket costs, with one key and with many.
 */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 2);
const warmUpSeconds = 4;
const [systemCore, generatorCore] = [0, 1];

const handlers = {
  web: `export const main = () => new Response("hello", { headers: { "content-type": "text/plain" } });`,
  node: `export const main = (req, res) => { res.writeHead(200, { "content-type": "text/plain" }); res.end("hello"); };`,
};

interface Contestant {
  readonly name: string;
  readonly server: RunningServer;
  readonly deployed: DeployedFunction;
}

async function main(): Promise<void> {
  await using servers = new AsyncDisposableStack();
  const prefix = ["taskset", "-c", String(systemCore)];
  const open = servers.use(await startServer({ prefix }));
  const limited = servers.use(await startServer({ prefix, environment: { GUST_RATE_PER_FUNCTION: "0.001" } }));
  const contestants: Contestant[] = [];
  for (const [name, text] of Object.entries(handlers)) {
    const deployed = await deploy(open, name, { "index.mjs": text }, { Type: "HTTP", Handler: "index.main" });
    contestants.push({ name: `served, ${name}`, server: open, deployed });
  }
  const refused = await deploy(limited, "web", { "index.mjs": handlers.web }, { Type: "HTTP", Handler: "index.main" });
  contestants.push({ name: "refused", server: limited, deployed: refused });
  for (const { pid } of [open, limited])
    for (const postgres of descendantsNamed(pid, "postgres")) pin(postgres, generatorCore);
  report(await measure(contestants));
  reportBuckets();
}

async function measure(contestants: readonly Contestant[]): Promise<Map<string, LoadResult[]>> {
  const results = new Map<string, LoadResult[]>(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, server, deployed } of contestants) {
      const result = await runLoad({
        url: `${server.url}/`,
        headers: { Host: deployed.host },
        connections: 32,
        seconds: round < 0 ? warmUpSeconds : seconds, // the first round is not counted
        core: generatorCore,
        front: systemOf(server),
        back: [],
      });
      const isRefused = result.errors > result.requestsPerSecond;
      if (isRefused !== (name === "refused")) throw new Error(`${name}: ${result.errors} were refused`);
      if (round >= 0) results.get(name)?.push(result);
    }
  }
  return results;
}

function systemOf({ pid }: RunningServer): number[] {
  const postgres = new Set(descendantsNamed(pid, "postgres"));
  return withDescendants(pid).filter((each) => !postgres.has(each));
}

function report(results: ReadonlyMap<string, readonly LoadResult[]>): void {
  const of = (name: string, pick: (it: LoadResult) => number): number => median((results.get(name) ?? []).map(pick));
  process.stdout.write("                 req/s   µs CPU/req   CPU system/generator\n");
  for (const name of results.keys()) {
    const shares = [of(name, (it) => it.systemShare), of(name, (it) => it.generatorShare)];
    process.stdout.write(
      `${name.padEnd(14)} ${of(name, (it) => it.requestsPerSecond)
        .toFixed(0)
        .padStart(7)} ` +
        `${of(name, (it) => it.frontUsPerRequest)
          .toFixed(1)
          .padStart(12)}   ${shares.map((it) => it.toFixed(2)).join(" / ")}\n`,
    );
  }
  for (const name of Object.keys(handlers)) {
    const share = of("refused", (it) => it.frontUsPerRequest) / of(`served, ${name}`, (it) => it.frontUsPerRequest);
    verdict("P1", `a refused request ≤ 0.1 × a served one (${name})`, `${share.toFixed(2)} ×`, share <= 0.1);
  }
}

/** Addresses as connections have them: texts that are there already. */
function reportBuckets(): void {
  for (const keys of [1, 10_000, 200_000]) {
    const names = Array.from({ length: keys }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    const buckets = new TokenBuckets();
    const takes = 1_000_000;
    const times = Array.from({ length: rounds }, () => {
      const started = performance.now();
      for (let n = 0; n < takes; n++) buckets.take(names[(n * 7_919) % keys] ?? "", 100, started + n / 1_000);
      return ((performance.now() - started) * 1_000) / takes;
    });
    verdict(
      "P2",
      `a token of ${keys} addresses' buckets ≤ 0.2 µs`,
      `${median(times).toFixed(3)} µs`,
      median(times) <= 0.2,
    );
  }
}

await main();
