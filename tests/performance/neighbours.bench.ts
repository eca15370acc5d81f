import { execFileSync } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { clientOf, deploy } from "../deployed-function.ts";
import { bombs, filesOf } from "../faults/bombs.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { percentile, verdict } from "./load.ts";

/**
 * What a function notices of one that misbehaves beside it, in containers: the latency of its calls, one at a time, against the quiet before. As root.
 */
const seconds = Number(process.env["BENCH_SECONDS"] ?? 6);
const allowed = 2;
const only = process.env["BENCH_ONLY"]?.split(",");

async function main(): Promise<void> {
  execFileSync("chrt", ["--all-tasks", "--fifo", "--pid", "1", String(process.pid)]); // the client, who is elsewhere: only the system is to wait
  const environment = { GUST_SANDBOX: "oci", GUST_POOL_SIZE: "2", GUST_LOG_LEVEL: "error" };
  await using server = await startServer({ environment, prefix: ["chrt", "--other", "0"] });
  const files = { "index.mjs": `export const fetch = () => new Response("hello");` };
  const { host } = await deploy(server, "neighbour", files, { Type: "HTTP", Handler: "index.fetch" });
  const chosen = bombs.filter(({ name }) => only === undefined || only.includes(name));
  for (const bomb of chosen) await deploy(server, bomb.name, filesOf(bomb), { MemorySize: 256, Timeout: 3 });
  const agent = new http.Agent({ keepAlive: true });
  const measure = async (during: () => boolean): Promise<number[]> => {
    const times: number[] = [];
    while (during()) times.push(await firstByte(server, host, agent));
    return times;
  };
  await measure(forSeconds(seconds)); // warms up
  const quiet = await measure(forSeconds(seconds));
  print("quiet", quiet, quiet);
  const worst: string[] = [];
  for (const { name } of chosen) {
    const isOver = forSeconds(seconds);
    const attack = keepCalling(server, name, isOver);
    const times = await measure(isOver);
    const calls = await attack;
    if (!print(`${name} (${calls} calls)`, times, quiet)) worst.push(name);
    await settled(measure, quiet);
  }
  agent.destroy();
  const figure = worst.length === 0 ? "all of them" : `not beside ${worst.join(", ")}`;
  verdict("", `a neighbour's p50 and p99 stay within ${allowed} × of the quiet ones`, figure, worst.length === 0);
}

function forSeconds(count: number): () => boolean {
  const until = performance.now() + count * 1_000;
  return () => performance.now() < until;
}

/** Two callers; each calls again when it was answered, whatever the answer. */
async function keepCalling(server: RunningServer, name: string, during: () => boolean): Promise<number> {
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (during()) {
      calls += 1;
      await clientOf(server)
        .call("Invoke", { FunctionName: name })
        .catch(() => undefined); // failing is what it is for
    }
  };
  await Promise.all([caller(), caller()]);
  return calls;
}

/** What the last one left to be torn down is not the next one's. */
async function settled(measure: (during: () => boolean) => Promise<number[]>, quiet: readonly number[]): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const times = await measure(forSeconds(0.5));
    if (percentile(times, 50) <= percentile(quiet, 50) * 1.3) return;
  }
}

function print(name: string, times: readonly number[], quiet: readonly number[]): boolean {
  const cells = [50, 99].map((p) => {
    const [here, there] = [percentile(times, p), percentile(quiet, p)];
    return { text: `p${p} ${here.toFixed(2)} ms (${(here / there).toFixed(2)} ×)`, isMet: here <= there * allowed };
  });
  const isMet = cells.every((cell) => cell.isMet);
  const line = [name.padEnd(30), `n ${times.length}`.padEnd(8), ...cells.map(({ text }) => text.padEnd(24))].join(" ");
  process.stdout.write(`${line} ${isMet ? "PASS" : "FALLS SHORT"}\n`);
  return isMet;
}

function firstByte(server: RunningServer, host: string, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = http.get(`${server.url}/`, { agent, headers: { host } }, (response) => {
      const elapsed = performance.now() - started;
      response.resume();
      void once(response, "end").then(() =>
        response.statusCode === 200 ? resolve(elapsed) : reject(new Error(`answered with ${response.statusCode}`)),
      );
    });
    request.on("error", reject);
  });
}

await main();
