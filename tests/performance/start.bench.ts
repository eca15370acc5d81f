import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { freePort } from "../loopback-port.ts";
import { makeDataDirectory } from "../running-server.ts";
import { median, verdict } from "./load.ts";

/** T12: `./gust up` on an installed checkout, until every example that has a URL has answered; first and later starts. */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const examples = ["stream-http", "express-service"];
const launcher = path.resolve(import.meta.dirname, "../../gust");

async function main(): Promise<void> {
  const dataDirectory = await makeDataDirectory();
  const first = await startAndCall(dataDirectory);
  process.stdout.write(`first start on an empty data directory, examples deployed: ${(first / 1e3).toFixed(2)} s\n`);
  const later: number[] = [];
  for (let round = 0; round < rounds; round++) later.push(await startAndCall(dataDirectory));
  await fs.rm(dataDirectory, { recursive: true, force: true });
  const figure = median(later);
  verdict(
    "T12",
    "second start to the first answered call ≤ 3 s",
    `${(figure / 1e3).toFixed(2)} s (median of ${rounds})`,
    figure <= 3_000,
  );
}

async function startAndCall(dataDirectory: string): Promise<number> {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(launcher, ["up", "--data", dataDirectory, "--port", String(port)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  try {
    for (const name of examples) await untilAnswered(`http://127.0.0.1:${port}/~default/${name}/`, child);
    return performance.now() - started;
  } finally {
    child.kill("SIGINT");
    await exited;
  }
}

async function untilAnswered(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(url).catch(() => null); // refused until the server listens
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await once(AbortSignal.timeout(10), "abort");
  }
  throw new Error(`${url} was not answered`);
}

await main();
