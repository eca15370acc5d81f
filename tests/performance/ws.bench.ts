import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import fs from "node:fs/promises";
import type { Socket } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { deploy } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { Anchors } from "./anchors.ts";
import { median, verdict } from "./load.ts";
import { cpuSeconds, descendantsNamed, freePort, pin, startProgram, withDescendants } from "./processes.ts";
import { openWebSocket, type WebSocketLoad } from "./ws-load.ts";

/**
 * WebSocket: messages of 64 bytes, each sent when the echo of the one before is there, through Gust and through Caddy to the same server
 * (the package `ws`). System and generator have a core each. Then the memory of the gateway for connections where nothing happens.
 * The argument `echo` or `idle` leaves the other out.
 */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 3);
const idleConnections = Number(process.env["BENCH_CONNECTIONS"] ?? 4_000);
/** An instance of a service has 1,024 descriptors. */
const perService = 800;
const services = Math.max(1, Math.ceil(idleConnections / perService));
const [systemCore, generatorCore] = [0, 1];

interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  readonly systemPids: () => readonly number[];
}

interface Row extends WebSocketLoad {
  readonly systemShare: number;
}

/** One file with all of `ws`; its optional natives are left out, as they are where it is installed alone. */
async function echoServer(): Promise<string> {
  const { build } = await import("esbuild");
  const contents = `
    const { WebSocketServer } = require("ws");
    const port = Number(process.argv[2] ?? process.env.PORT);
    new WebSocketServer({ port, host: "0.0.0.0", perMessageDeflate: false }).on("connection", (socket) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });`;
  const bundle = await build({
    stdin: { contents, resolveDir: path.resolve(import.meta.dirname, "../..") },
    bundle: true,
    platform: "node",
    external: ["bufferutil", "utf-8-validate"],
    write: false,
  });
  return bundle.outputFiles[0]?.text ?? "";
}

async function main(wanted: readonly string[]): Promise<void> {
  const scratch = await makeDataDirectory();
  await using programs = new AsyncDisposableStack();
  programs.defer(() => fs.rm(scratch, { recursive: true, force: true }));
  const code = await echoServer();
  const file = path.join(scratch, "echo.cjs");
  await fs.writeFile(file, code);
  const onSystem = ["taskset", "-c", String(systemCore)];
  const port = await freePort();
  const handler = programs.use(await startProgram([...onSystem, process.execPath, file, String(port)], port));
  const caddy = await new Anchors(programs, scratch, systemCore).caddy(port);
  // one instance of each: more are of no use here, and would take memory from the rest
  const environment = { GUST_ACCESS_LOG: "json", GUST_MAX_INSTANCES: String(services) };
  const server = programs.use(await startServer({ prefix: onSystem, environment }));
  for (const postgres of descendantsNamed(server.pid, "postgres")) pin(postgres, generatorCore);
  const bootstrap = { text: "#!/bin/sh\nexec node echo.js\n", mode: 0o755 };
  const hosts: string[] = [];
  for (let i = 0; i < services; i++) {
    const files = { "echo.js": code, scf_bootstrap: bootstrap };
    hosts.push((await deploy(server, `ws-echo-${i}`, files, { Type: "HTTP" })).host);
  }
  const [host = ""] = hosts;
  const contestants: readonly Contestant[] = [
    { name: "node", port, host: "localhost", systemPids: () => [handler.pid] },
    { name: "caddy", port: caddy.port, host: "127.0.0.1", systemPids: () => [caddy.pid, handler.pid] },
    { name: "gust", port: server.port, host, systemPids: () => withoutPostgres(server.pid) },
  ];
  if (!wanted.includes("idle")) report(await measure(contestants, 32), await measure(contestants, 1));
  if (!wanted.includes("echo")) await measureIdle(server, hosts);
}

function withoutPostgres(pid: number): number[] {
  const postgres = new Set(descendantsNamed(pid, "postgres"));
  return withDescendants(pid).filter((each) => !postgres.has(each));
}

async function measure(contestants: readonly Contestant[], connections: number): Promise<Map<string, Row[]>> {
  const results = new Map<string, Row[]>(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      const result = await load(contestant, connections);
      if (round >= 0) results.get(contestant.name)?.push(result); // the first is for the compilers
    }
  }
  return results;
}

async function load({ port, host, systemPids }: Contestant, connections: number): Promise<Row> {
  const before = cpuSeconds(systemPids());
  const generator = [process.execPath, path.join(import.meta.dirname, "ws-load.ts")];
  const given = [String(port), host, String(connections), String(seconds)];
  const { stdout } = await promisify(execFile)("taskset", ["-c", String(generatorCore), ...generator, ...given]);
  const result = JSON.parse(stdout) as WebSocketLoad;
  return { ...result, systemShare: (cpuSeconds(systemPids()) - before) / seconds };
}

function report(busy: ReadonlyMap<string, readonly Row[]>, single: ReadonlyMap<string, readonly Row[]>): void {
  const middle = (rows: typeof busy, name: string, pick: (row: Row) => number): number =>
    median((rows.get(name) ?? []).map(pick));
  const rate = (name: string): number => middle(busy, name, (row) => row.messagesPerSecond);
  process.stdout.write("           messages/s  × Caddy  p50 ms  p99 ms  c1 p50 µs  c1 p99 µs  CPU system/generator\n");
  for (const name of busy.keys()) {
    const cells = [
      rate(name).toFixed(0).padStart(10),
      (rate(name) / rate("caddy")).toFixed(2).padStart(8),
      (middle(busy, name, (row) => row.p50Us) / 1_000).toFixed(2).padStart(7),
      (middle(busy, name, (row) => row.p99Us) / 1_000).toFixed(2).padStart(7),
      middle(single, name, (row) => row.p50Us)
        .toFixed(0)
        .padStart(10),
      middle(single, name, (row) => row.p99Us)
        .toFixed(0)
        .padStart(10),
      `${middle(busy, name, (row) => row.systemShare).toFixed(2)} / ${middle(busy, name, (row) => row.cpuShare).toFixed(2)}`,
    ];
    process.stdout.write(`${name.padEnd(10)} ${cells.join(" ")}\n`);
  }
  const times = rate("gust") / rate("caddy");
  verdict("", "WebSocket echo through a service ≥ 1 × Caddy", `${times.toFixed(2)} ×`, times >= 1);
}

/** Opened in steps, so that none waits for its turn longer than a client would. */
async function measureIdle({ pid, port }: RunningServer, hosts: readonly string[]): Promise<void> {
  const sockets: Socket[] = [];
  const open50 = async (): Promise<void> => {
    const host = hosts[Math.floor(sockets.length / perService) % hosts.length] ?? "";
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openWebSocket(port, host)))));
  };
  await open50(); // what the first ones load, all share
  const before = residentBytes(pid);
  while (sockets.length < idleConnections) await open50();
  await delay(10_000); // what opening them left behind is collected when the process is idle
  const each = (residentBytes(pid) - before) / (sockets.length - 50);
  const open = sockets.filter(({ destroyed }) => !destroyed).length;
  for (const socket of sockets) socket.destroy();
  if (open < sockets.length) throw new Error(`${sockets.length - open} of the idle connections were closed`);
  verdict(
    "",
    `RSS of the gateway for each of ${sockets.length} idle WebSocket connections ≤ 20 KB`,
    `${(each / 1024).toFixed(1)} KB`,
    each <= 20 * 1024,
  );
}

function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? Number.NaN);
}

await main(process.argv.slice(2));
