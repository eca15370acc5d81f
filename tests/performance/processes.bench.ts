import { startNetworkServer } from "../../src/store/network-server-under-test.ts";
import { deploy } from "../deployed-function.ts";
import { until } from "../faults/aftermath.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { median, runLoad, type LoadResult } from "./load.ts";
import { freePort } from "../loopback-port.ts";
import { withDescendants } from "./processes.ts";

/**
 * One warm function behind a growing number of processes on one machine, which share a port and a PostgreSQL. Everything, the load generator too, has both
 * cores. Arguments choose rows by the number of their data processes; 0 is the process with both roles.
 */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 3);
const warmUpSeconds = Number(process.env["BENCH_WARM_UP_SECONDS"] ?? 5);
const connections = 32;
const cores = "0,1";

const files = { "index.mjs": `export const fetch = () => new Response("hello");` };

/** Processes of one installation, and its function. */
interface Row {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly servers: readonly RunningServer[];
  readonly results: LoadResult[];
}

async function main(wanted: readonly number[]): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const rows: Row[] = [];
  for (const count of wanted) rows.push(await startRow(parts, count));
  for (let round = -1; round < rounds; round++) {
    for (const row of rows) {
      const result = await measure(row, round < 0 ? warmUpSeconds : seconds); // the first round is not counted
      if (round >= 0) row.results.push(result);
    }
  }
  report(rows);
}

async function startRow(parts: AsyncDisposableStack, dataCount: number): Promise<Row> {
  const database = parts.use(await startNetworkServer());
  const port = await freePort();
  const start = async (roles: string, own: Readonly<Record<string, string>> = {}): Promise<RunningServer> => {
    const shared = { DATABASE_URL: database.url, GUST_ROLES: roles, GUST_TLS_PORT: "off", GUST_ACCESS_LOG: "json" };
    return parts.use(await startServer({ environment: { ...shared, ...own } }));
  };
  const first = await start(dataCount === 0 ? "all" : "control");
  const sharing = { GUST_PORT: `${port}`, GUST_SHARE_PORT: "true" };
  const data = await Promise.all(Array.from({ length: dataCount }, () => start("data", sharing)));
  const { host } = await deploy(first, "hello", files, { Type: "HTTP", Handler: "index.fetch" });
  await until("all hosts have prepared it", () => data.every(({ output }) => output().includes("A function is ready")));
  return {
    name: dataCount === 0 ? "1, both roles" : `${dataCount} data + 1 control`,
    url: `http://127.0.0.1:${dataCount === 0 ? first.port : port}/`,
    headers: { Host: host },
    servers: [first, ...data],
    results: [],
  };
}

async function measure({ name, url, headers, servers }: Row, duration: number): Promise<LoadResult> {
  const front = servers.map(({ pid }) => pid);
  const back = front.flatMap((pid) => withDescendants(pid).filter((each) => each !== pid));
  const result = await runLoad({ url, headers, connections, seconds: duration, core: cores, front, back });
  if (result.errors !== 0) throw new Error(`${name}: ${result.errors} failed requests`);
  return result;
}

const columns: readonly (readonly [title: string, pick: (it: LoadResult) => number, digits: number])[] = [
  ["req/s", (it) => it.requestsPerSecond, 0],
  ["p50 ms", (it) => it.p50Us / 1e3, 2],
  ["p99 ms", (it) => it.p99Us / 1e3, 2],
  ["µs platform", (it) => it.frontUsPerRequest, 1],
  ["+ sandboxes", (it) => it.backUsPerRequest, 1],
  ["CPU system", (it) => it.systemShare, 2],
  ["CPU generator", (it) => it.generatorShare, 2],
];

function report(rows: readonly Row[]): void {
  process.stdout.write(`\n${"processes".padEnd(20)}${columns.map(([title]) => title.padStart(14)).join("")}\n`);
  for (const { name, results } of rows) {
    const cells = columns.map(([, pick, digits]) => median(results.map(pick)).toFixed(digits).padStart(14));
    process.stdout.write(`${name.padEnd(20)}${cells.join("")}\n`);
  }
}

const given = process.argv.slice(2).map(Number);
await main(given.length === 0 ? [0, 1, 2, 3] : given);
