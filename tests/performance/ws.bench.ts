import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "../loopback-port.ts";
import { deploy } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { Anchors } from "./anchors.ts";
import { median, verdict } from "./load.ts";
import { cpuSeconds, descendantsNamed, pin, startProgram, withDescendants } from "./processes.ts";
import { measureIdle } from "./ws-idle.ts";
import { openWebSocket, type WebSocketLoad } from "./ws-load.ts";
import { echoFunction, echoProgram, echoService } from "./ws-service.ts";

/**
 * WebSocket: messages of 64 bytes, each sent when the echo of the one before is there, through Gust and through Caddy to the same server
 * (the package `ws`), which Caddy has beside it and, in another row, in Gust's box; then through Gust to it as a function. System and generator have a core each. Then the memory of
 * the gateway for connections where nothing happens. The argument `echo` or `idle` leaves the other out.
 */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 3);
const idleConnections = Number(process.env["BENCH_CONNECTIONS"] ?? 4_000);
const idleRuns = 3;
const servicePort = 9_000;
const [systemCore, generatorCore] = [0, 1];

interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  /** What passes messages on. */
  readonly front: readonly number[];
  /** What echoes them. */
  readonly back: () => readonly number[];
}

interface Row extends WebSocketLoad {
  readonly systemShare: number;
  /** CPU for each message. */
  readonly frontUs: number;
  readonly backUs: number;
}

async function main(wanted: readonly string[]): Promise<void> {
  if (!wanted.includes("idle")) await measureEcho();
  if (!wanted.includes("echo")) await measureIdle(idleConnections, idleRuns);
}

async function measureEcho(): Promise<void> {
  const scratch = await makeDataDirectory();
  await using programs = new AsyncDisposableStack();
  programs.defer(() => fs.rm(scratch, { recursive: true, force: true }));
  const program = await echoProgram();
  const file = path.join(scratch, "echo.cjs");
  await fs.writeFile(file, program);
  const onSystem = ["taskset", "-c", String(systemCore)];
  const port = await freePort();
  const handler = programs.use(await startProgram([...onSystem, process.execPath, file, String(port)], port));
  const anchors = new Anchors(programs, scratch, systemCore);
  const caddy = await anchors.caddy(port);
  const environment = { GUST_ACCESS_LOG: "json", GUST_MAX_INSTANCES: "2" };
  const server = programs.use(await startServer({ prefix: onSystem, environment }));
  for (const postgres of descendantsNamed(server.pid, "postgres")) pin(postgres, generatorCore);
  const { host } = await deploy(server, "ws-echo", echoService(program), { Type: "HTTP" });
  const functions = await deploy(server, "ws-echo-function", echoFunction.files(program), echoFunction.fields);
  const boxed = await anchors.caddy(await instanceOf(server, host));
  const box = (): number[] => boxesOf(server.pid);
  const contestants: readonly Contestant[] = [
    { name: "node", port, host: "localhost", front: [], back: () => [handler.pid] },
    { name: "caddy", port: caddy.port, host: "127.0.0.1", front: [caddy.pid], back: () => [handler.pid] },
    { name: "caddy, box", port: boxed.port, host: "127.0.0.1", front: [boxed.pid], back: box },
    { name: "gust", port: server.port, host, front: [server.pid], back: box },
    { name: "gust, fn", port: server.port, host: functions.host, front: [server.pid], back: box },
  ];
  report(await measure(contestants, 32), await measure(contestants, 1));
}

/** The instance's address: where the server, asked for a WebSocket, has a connection to. */
async function instanceOf({ pid, port }: RunningServer, host: string): Promise<string> {
  const socket = await openWebSocket(port, host);
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /socket:\[(\d+)\]/.exec(linkOf(pid, fd))?.[1] ?? []),
  );
  for (const line of readFileSync(`/proc/${pid}/net/tcp`, "latin1").split("\n")) {
    const [, , remote = "", , , , , , , inode = ""] = line.trim().split(/\s+/);
    const [address = "", remotePort = ""] = remote.split(":");
    if (!inodes.has(inode) || Number.parseInt(remotePort, 16) !== servicePort) continue;
    socket.destroy();
    return `${Buffer.from(address, "hex").toReversed().join(".")}:${servicePort}`;
  }
  throw new Error("The server has no connection to an instance");
}

/** Empty: closed meanwhile. */
function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "";
  }
}

function boxesOf(pid: number): number[] {
  const others = new Set([pid, ...descendantsNamed(pid, "postgres")]);
  return withDescendants(pid).filter((each) => !others.has(each));
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

async function load({ port, host, front, back }: Contestant, connections: number): Promise<Row> {
  const backPids = back();
  const before = [cpuSeconds(front), cpuSeconds(backPids)] as const;
  const generator = [process.execPath, path.join(import.meta.dirname, "ws-load.ts")];
  const given = [String(port), host, String(connections), String(seconds)];
  const { stdout } = await promisify(execFile)("taskset", ["-c", String(generatorCore), ...generator, ...given]);
  const result = JSON.parse(stdout) as WebSocketLoad;
  const [frontS, backS] = [cpuSeconds(front) - before[0], cpuSeconds(backPids) - before[1]];
  const messages = result.messagesPerSecond * seconds;
  return {
    ...result,
    systemShare: (frontS + backS) / seconds,
    frontUs: (frontS / messages) * 1e6,
    backUs: (backS / messages) * 1e6,
  };
}

function report(busy: ReadonlyMap<string, readonly Row[]>, single: ReadonlyMap<string, readonly Row[]>): void {
  const middle = (rows: typeof busy, name: string, pick: (row: Row) => number): number =>
    median((rows.get(name) ?? []).map(pick));
  const rate = (name: string): number => middle(busy, name, (row) => row.messagesPerSecond);
  process.stdout.write(
    "           messages/s  × Caddy  p50 ms  p99 ms  c1 p50 µs  c1 p99 µs  CPU µs front/back  CPU system/generator\n",
  );
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
      `${middle(busy, name, (row) => row.frontUs).toFixed(1)} / ${middle(busy, name, (row) => row.backUs).toFixed(1)}`.padStart(
        18,
      ),
      `${middle(busy, name, (row) => row.systemShare).toFixed(2)} / ${middle(busy, name, (row) => row.cpuShare).toFixed(2)}`,
    ];
    process.stdout.write(`${name.padEnd(10)} ${cells.join(" ")}\n`);
  }
  const times = (name: string): number => rate("gust") / rate(name);
  verdict("", "WebSocket echo through a service ≥ 1 × Caddy", `${times("caddy").toFixed(2)} ×`, times("caddy") >= 1);
  process.stdout.write(`${times("caddy, box").toFixed(2)} × Caddy before the same box\n`);
}

await main(process.argv.slice(2));
