import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { deploy, type PackageFiles } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { median, runLoad, verdict, type LoadResult } from "./load.ts";
import { descendantsNamed, freePort, pin, startProgram, withDescendants, type Program } from "./processes.ts";

/**
 * T3, T4, T5: warm calls. The system under test (front and handler) shares core 0, the load generator has
 * core 1, where PostgreSQL is too. Every contestant answers the same hello, in turn, `rounds` times in one run.
 */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 3);
/** Long enough for the compilers of every contestant. */
const warmUpSeconds = 6;
const [systemCore, generatorCore] = [0, 1];

interface Contestant {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Every process of front and handler. */
  readonly systemPids: () => readonly number[];
}

const nodeHandler = `require("node:http").createServer((req, res) => {
  res.writeHead(200, { "content-type": "text/plain" });
  res.end("hello");
}).listen(Number(process.argv[2] ?? process.env.PORT), "0.0.0.0");`;

const shapes: Readonly<
  Record<string, { readonly files: PackageFiles; readonly type: string; readonly handler?: string }>
> = {
  "gust-web": {
    type: "HTTP",
    handler: "index.fetch",
    files: {
      "index.mjs": `export const fetch = () => new Response("hello", { headers: { "content-type": "text/plain" } });`,
    },
  },
  "gust-node": {
    type: "HTTP",
    handler: "index.main",
    files: {
      "index.js": `exports.main = (req, res) => { res.writeHead(200, { "content-type": "text/plain" }); res.end("hello"); };`,
    },
  },
  "gust-service": {
    type: "HTTP",
    files: {
      "server.js": nodeHandler,
      scf_bootstrap: { text: `#!/bin/sh\nexec node server.js\n`, mode: 0o755 },
    },
  },
};

async function expressFiles(): Promise<PackageFiles> {
  const { build } = await import("esbuild");
  const bundle = await build({
    stdin: {
      contents: `const app = require("express")(); app.get("/", (req, res) => res.type("text/plain").send("hello")); module.exports = app;`,
      resolveDir: path.resolve(import.meta.dirname, "../.."),
    },
    bundle: true,
    platform: "node",
    write: false,
  });
  return { "index.js": bundle.outputFiles[0]?.text ?? "" };
}

async function main(): Promise<void> {
  const scratch = await makeDataDirectory();
  await using programs = new AsyncDisposableStack();
  const handler = await startHandler(programs, scratch);
  const caddy = await startCaddy(programs, handler, scratch);
  const haproxy = await startHaproxy(programs, handler, scratch);
  const server = programs.use(
    await startServer({ prefix: ["taskset", "-c", String(systemCore)], environment: { GUST_ACCESS_LOG: "json" } }),
  );
  const contestants: Contestant[] = [
    plain("node", handler.port, () => [handler.pid]),
    plain("caddy", caddy.port, () => [caddy.pid, handler.pid]),
    plain("haproxy", haproxy.port, () => [haproxy.pid, handler.pid]),
    ...(await deployShapes(server)),
  ];
  for (const postgres of descendantsNamed(server.pid, "postgres")) pin(postgres, generatorCore);
  const busy = await measure(contestants, 32);
  const single = await measure(contestants, 1);
  report(busy, single);
  await rm(scratch, { recursive: true });
}

async function startHandler(programs: AsyncDisposableStack, scratch: string): Promise<Program> {
  const file = path.join(scratch, "handler.cjs");
  writeFileSync(file, nodeHandler);
  const port = await freePort();
  return programs.use(
    await startProgram(["taskset", "-c", String(systemCore), process.execPath, file, String(port)], port),
  );
}

async function startCaddy(programs: AsyncDisposableStack, handler: Program, scratch: string): Promise<Program> {
  const port = await freePort();
  const file = path.join(scratch, "Caddyfile");
  const options = "{\n  admin off\n  auto_https off\n  log {\n    level ERROR\n  }\n}\n";
  writeFileSync(file, `${options}http://127.0.0.1:${port} {\n  reverse_proxy 127.0.0.1:${handler.port}\n}\n`);
  const command = ["caddy", "run", "--adapter", "caddyfile", "--config", file];
  return programs.use(await startProgram(["taskset", "-c", String(systemCore), ...command], port));
}

async function startHaproxy(programs: AsyncDisposableStack, handler: Program, scratch: string): Promise<Program> {
  const port = await freePort();
  const file = path.join(scratch, "haproxy.cfg");
  const lines = [
    "global",
    "  nbthread 1",
    "defaults",
    "  mode http",
    "  timeout connect 5s",
    "  timeout client 60s",
    "  timeout server 60s",
    "  http-reuse always",
    "listen hello",
    `  bind 127.0.0.1:${port}`,
    `  server handler 127.0.0.1:${handler.port}`,
    "",
  ];
  writeFileSync(file, lines.join("\n"));
  return programs.use(await startProgram(["taskset", "-c", String(systemCore), "haproxy", "-f", file], port));
}

async function deployShapes(server: RunningServer): Promise<Contestant[]> {
  const all = { ...shapes, "gust-express": { type: "HTTP", handler: "index.default", files: await expressFiles() } };
  const contestants: Contestant[] = [];
  for (const [name, { files, type, handler }] of Object.entries(all)) {
    const deployed = await deploy(server, name, files, { Type: type, Handler: handler ?? "" });
    contestants.push({
      name,
      url: server.url + "/",
      headers: { Host: deployed.host },
      systemPids: () => withoutPostgres(server.pid),
    });
  }
  return contestants;
}

function withoutPostgres(pid: number): number[] {
  const postgres = new Set(descendantsNamed(pid, "postgres"));
  return withDescendants(pid).filter((each) => !postgres.has(each));
}

function plain(name: string, port: number, systemPids: () => readonly number[]): Contestant {
  return { name, url: `http://127.0.0.1:${port}/`, systemPids };
}

async function measure(contestants: readonly Contestant[], connections: number): Promise<Map<string, LoadResult[]>> {
  const results = new Map<string, LoadResult[]>(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      await checkAnswer(contestant);
      const result = await runLoad({
        ...contestant,
        connections,
        seconds: round < 0 ? warmUpSeconds : seconds, // the first round is not counted
        core: generatorCore,
        systemPids: contestant.systemPids(),
      });
      if (result.errors > 0) throw new Error(`${contestant.name}: ${result.errors} failed requests`);
      if (round >= 0) results.get(contestant.name)?.push(result);
    }
  }
  return results;
}

async function checkAnswer({ name, url, headers }: Contestant): Promise<void> {
  const { request } = await import("node:http");
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(url, { headers: headers ?? {} }, (response) => {
      let body = `${response.statusCode} `;
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () => resolve(body));
    });
    call.on("error", reject).end();
  });
  if (text !== "200 hello") throw new Error(`${name} answered ${text}`);
}

function report(
  busy: ReadonlyMap<string, readonly LoadResult[]>,
  single: ReadonlyMap<string, readonly LoadResult[]>,
): void {
  const of = (
    results: ReadonlyMap<string, readonly LoadResult[]>,
    name: string,
    pick: (it: LoadResult) => number,
  ): number => median((results.get(name) ?? []).map(pick));
  const rate = (name: string): number => of(busy, name, (it) => it.requestsPerSecond);
  const caddy = rate("caddy");
  process.stdout.write(
    "contestant     req/s   × Caddy  × HAProxy  µs CPU/req  p50 ms  p99 ms  c1 p50 µs  c1 p99 µs  CPU system/generator\n",
  );
  for (const name of busy.keys()) {
    const cells = [
      name.padEnd(13),
      rate(name).toFixed(0).padStart(7),
      (rate(name) / caddy).toFixed(2).padStart(8),
      (rate(name) / rate("haproxy")).toFixed(2).padStart(10),
      of(busy, name, (it) => it.cpuUsPerRequest)
        .toFixed(1)
        .padStart(11),
      (of(busy, name, (it) => it.p50Us) / 1e3).toFixed(2).padStart(8),
      (of(busy, name, (it) => it.p99Us) / 1e3).toFixed(2).padStart(7),
      of(single, name, (it) => it.p50Us)
        .toFixed(0)
        .padStart(10),
      of(single, name, (it) => it.p99Us)
        .toFixed(0)
        .padStart(10),
      `${of(busy, name, (it) => it.systemShare).toFixed(2)} / ${of(busy, name, (it) => it.generatorShare).toFixed(2)}`.padStart(
        21,
      ),
    ];
    process.stdout.write(`${cells.join(" ")}\n`);
  }
  const times = (name: string, anchor: string): number => rate(name) / rate(anchor);
  // the same handler with and without Gust: one of Web form has no HTTP server to be compared with
  const added = (pick: (it: LoadResult) => number): number => of(single, "gust-node", pick) - of(single, "node", pick);
  const versus = (name: string): string =>
    `${times(name, "caddy").toFixed(2)} × Caddy, ${times(name, "haproxy").toFixed(2)} × HAProxy`;
  verdict(
    "T3",
    "Web handler ≥ 4.0 × Caddy, ≥ 1.2 × HAProxy",
    versus("gust-web"),
    times("gust-web", "caddy") >= 4 && times("gust-web", "haproxy") >= 1.2,
  );
  verdict("T3", "Node (req, res) ≥ 3.5 × Caddy", versus("gust-node"), times("gust-node", "caddy") >= 3.5);
  verdict("T3", "Express ≥ 2.5 × Caddy", versus("gust-express"), times("gust-express", "caddy") >= 2.5);
  verdict(
    "T4",
    "service ≥ 1.5 × Caddy (2.2 with the gateway issue)",
    versus("gust-service"),
    times("gust-service", "caddy") >= 1.5,
  );
  const p50 = added((it) => it.p50Us);
  const p99 = added((it) => it.p99Us);
  verdict(
    "T5",
    "added latency p50 ≤ 0.06 ms, p99 ≤ 0.5 ms",
    `p50 ${(p50 / 1e3).toFixed(3)} ms, p99 ${(p99 / 1e3).toFixed(3)} ms`,
    p50 <= 60 && p99 <= 500,
  );
}

await main();
