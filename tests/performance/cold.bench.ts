import { once } from "node:events";
import http from "node:http";
import { clientOf, deploy, waitUntilActive, type DeployedFunction } from "../deployed-function.ts";
import type { GustClient } from "../../sdk/src/client.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { percentile, verdict } from "./load.ts";

/**
 * T1 and T2 with the driver that this host offers (GUST_SANDBOX chooses another): one call at a time, each to a revision that never ran before, through the public
 * URL, from the client's first byte out to the first byte of the answer in. Before a pooled call the pool is full again.
 */
const calls = Number(process.env["BENCH_CALLS"] ?? 200);

interface Contestant {
  readonly files: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

const node: Contestant = {
  files: {
    "index.mjs": `export const fetch = () => new Response("hello", { headers: { "content-type": "text/plain" } });`,
  },
  parameters: { Type: "HTTP", Handler: "index.fetch" },
};

/** Each as long as a small module of a real function. */
const moduleText = (n: number) => `export class Part${n} {
  #value;
  constructor(value) { this.#value = value; }
  get doubled() { return this.#value * 2; }
  describe() { return \`part ${n} of \${this.#value}\`; }
}
export function sum${n}(values) { return values.reduce((sum, value) => sum + value, ${n}); }
export const table${n} = new Map([["one", 1], ["two", 2], ["three", 3]]);
`;
const others = Array.from({ length: 49 }, (_, n) => n);

const manyFiles: Contestant = {
  files: {
    ...Object.fromEntries(others.map((n) => [`lib/part${n}.mjs`, moduleText(n)])),
    "index.mjs":
      others.map((n) => `import { sum${n}, Part${n} } from "./lib/part${n}.mjs";\n`).join("") +
      `export const all = [${others.map((n) => `sum${n}, Part${n}`).join(", ")}];\n${node.files["index.mjs"]}`,
  },
  parameters: node.parameters,
};

const python: Contestant = {
  files: {
    "index.py": `def app(environ, start_response):\n    start_response("200 OK", [("Content-Type", "text/plain")])\n    return [b"hello"]\n`,
  },
  parameters: { Type: "HTTP", Handler: "index.app", Runtime: "Python3.10" },
};

async function main(): Promise<void> {
  const pooled = await coldCalls(node, "2");
  const pooledMany = await coldCalls(manyFiles, "2");
  const pooledPython = await coldCalls(python, "2");
  const empty = await coldCalls(node, "0");
  const emptyPython = await coldCalls(python, "0");
  const refilling = await pacedCalls();
  print("pool full, Node.js ", pooled);
  print("pool full, 50 files", pooledMany);
  print("pool full, Python  ", pooledPython);
  print("pool empty, Node.js", empty);
  print("pool empty, Python ", emptyPython);
  print(`${callsPerSecond} a second, Node.js`, refilling);
  const [p50, p99] = [percentile(pooled, 50), percentile(pooled, 99)];
  verdict(
    "T1",
    "cold call from the pool, p50 ≤ 4 ms, p99 ≤ 10 ms",
    `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    p50 <= 4 && p99 <= 10,
  );
  const [paced50, paced99] = [percentile(refilling, 50), percentile(refilling, 99)];
  verdict(
    "T1",
    `${callsPerSecond} cold calls a second with their refills running, p50 ≤ 5 ms, p99 ≤ 15 ms`,
    `p50 ${paced50.toFixed(2)} ms, p99 ${paced99.toFixed(2)} ms`,
    paced50 <= 5 && paced99 <= 15,
  );
  const many = percentile(pooledMany, 50);
  verdict("T1", "the same, a function of 50 files, p50 ≤ 8 ms", `p50 ${many.toFixed(2)} ms`, many <= 8);
  const ratio = percentile(pooledPython, 50) / p50;
  verdict("T1", "cold call of Python (WSGI), p50 ≤ 1.5 × Node's", `${ratio.toFixed(2)} ×`, ratio <= 1.5);
  const booted = percentile(empty, 50);
  verdict("T2", "cold call, pool empty, p50 ≤ 80 ms", `p50 ${booted.toFixed(1)} ms`, booted <= 80);
}

async function coldCalls({ files, parameters }: Contestant, poolSize: string): Promise<number[]> {
  await using server = await startServer({ environment: { GUST_POOL_SIZE: poolSize, GUST_LOG_LEVEL: "warn" } });
  const client = clientOf(server);
  const { host } = await deploy(server, "cold", files, parameters);
  const agent = new http.Agent({ keepAlive: true });
  const times: number[] = [];
  for (let call = -5; call < calls; call++) {
    await client.call("UpdateFunctionConfiguration", { FunctionName: "cold", Description: `call ${call}` });
    await waitUntilActive(server, "cold");
    await settle(server);
    const elapsed = await firstByte(server, host, agent);
    if (call >= 0) times.push(elapsed); // the first five warm up the platform's own code
  }
  agent.destroy();
  await printPhases(client);
  return times;
}

const callsPerSecond = 16;
const pacedCallCount = 144;
/** A namespace has 50. */
const pacedFunctions = 48;

/**
 * Calls that do not wait for each other, each to a revision that never ran, with the pool that a server has by default. A function that was called
 * gets its next revision at once, three seconds before it is called again.
 */
async function pacedCalls(): Promise<number[]> {
  await using server = await startServer({ environment: { GUST_LOG_LEVEL: "warn" } });
  const client = clientOf(server);
  const functions: DeployedFunction[] = [];
  for (let n = 0; n < pacedFunctions; n++) {
    functions.push(await deploy(server, `cold-${n}`, node.files, node.parameters));
  }
  const agent = new http.Agent({ keepAlive: true });
  const call = async (n: number): Promise<number> => {
    const { name, host } = functions[n % pacedFunctions] ?? { name: "", host: "" };
    await once(AbortSignal.timeout(Math.round((n * 1_000) / callsPerSecond)), "abort");
    const elapsed = await firstByte(server, host, agent);
    await client.call("UpdateFunctionConfiguration", { FunctionName: name, Description: `after call ${n}` });
    return elapsed;
  };
  await call(0);
  await waitUntilActive(server, "cold-0");
  await settle(server);
  const times = await Promise.all(Array.from({ length: pacedCallCount }, (_, n) => call(n)));
  agent.destroy();
  await printPhases(
    client,
    functions.map(({ name }) => name),
  );
  return times;
}

const phaseNames = ["Queue", "Claim", "Mount", "Init", "Run"] as const;
type Phases = Readonly<Record<(typeof phaseNames)[number], number>>;

/** Medians of what the records of the calls say of their phases. */
async function printPhases(client: GustClient, names: readonly string[] = ["cold"]): Promise<void> {
  const answers = await Promise.all(
    names.map((name) => client.call("GetFunctionLogs", { FunctionName: name, Limit: calls })),
  );
  const entries = answers.flatMap(({ Data: data }) => data as { Phases?: Phases }[]); // wire type of GetFunctionLogs
  const phases = entries.flatMap((entry) => entry.Phases ?? []);
  const cells = phaseNames.map((name) => {
    const values = phases.map((of) => of[name]);
    return `${name} ${percentile(values, 50).toFixed(2)} ms`;
  });
  process.stdout.write(`phases, medians of ${phases.length}: ${cells.join("  ")}\n`);
}

/** Waits until the pools hold the runtimes that they keep, as the server's own status says. */
async function settle(server: RunningServer): Promise<void> {
  const client = clientOf(server);
  for (;;) {
    const { pools } = await readStatus(client);
    if (Object.values(pools).every(({ ready, starting, size }) => ready >= size && starting === 0)) return;
    await once(AbortSignal.timeout(5), "abort");
  }
}

interface Status {
  readonly pools: Readonly<
    Record<string, { readonly ready: number; readonly starting: number; readonly size: number }>
  >;
}

async function readStatus(client: GustClient): Promise<Status> {
  const product = { service: "gust", version: "2026-11-24" };
  const { Status: status } = await client.call("GetStatus", {}, { product });
  return status as Status; // wire type of GetStatus
}

function firstByte(server: RunningServer, host: string, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = http.get(`${server.url}/`, { agent, headers: { host } }, (response) => {
      const elapsed = performance.now() - started;
      response.resume();
      response.on("end", () => {
        if (response.statusCode === 200) resolve(elapsed);
        if (response.statusCode !== 200) reject(new Error(`A cold call was answered with ${response.statusCode}`));
      });
    });
    request.on("error", reject);
  });
}

function print(name: string, times: readonly number[]): void {
  const cells = [50, 90, 99].map((p) => `p${p} ${percentile(times, p).toFixed(2)} ms`);
  process.stdout.write(`${name}  n ${times.length}  ${cells.join("  ")}\n`);
}

await main();
