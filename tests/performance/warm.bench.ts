import { once } from "node:events";
import { rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import { request as httpsRequest } from "node:https";
import { text as textOf } from "node:stream/consumers";
import { freePort } from "../loopback-port.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { Anchors } from "./anchors.ts";
import { entries, groups, type Contestant, type Entry } from "./contestants.ts";
import { median, runLoad, verdict, type LoadResult } from "./load.ts";
import { descendantsNamed, pin } from "./processes.ts";

/**
 * T3, T4, T5: warm calls. The system under test (front and handler) shares core 0, the load generator has
 * core 1, where PostgreSQL is too. Every contestant of a group answers the same, in turn, `rounds` times in one run.
 * Arguments choose rows, by group or by name; the anchors of their groups come with them.
 */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 3);
/** Long enough for the compilers of every contestant. */
const warmUpSeconds = Number(process.env["BENCH_WARM_UP_SECONDS"] ?? 6);
const [systemCore, generatorCore] = [0, 1];

type Results = ReadonlyMap<string, readonly LoadResult[]>;

async function main(wanted: readonly string[]): Promise<void> {
  const scratch = await makeDataDirectory();
  await using programs = new AsyncDisposableStack();
  programs.defer(() => rm(scratch, { recursive: true, force: true }));
  const tlsPort = await freePort();
  let server: RunningServer | null = null;
  const grounds = {
    anchors: new Anchors(programs, scratch, systemCore),
    tlsPort,
    server: async () => {
      server ??= programs.use(await startSystem(tlsPort));
      return server;
    },
  };
  const contestants: Contestant[] = [];
  for (const entry of chosen(entries(grounds), wanted)) contestants.push(await entry.make());
  for (const group of groups) {
    const rows = contestants.filter((each) => each.group === group);
    if (rows.length === 0) continue;
    const busy = await measure(rows, 32);
    const added = ["node", "gust-node"].every((name) => busy.has(name)); // what T5 compares
    const single: Results = added ? await measure(rows, 1) : new Map();
    report(group, busy, single);
    if (group === "hello") judge(busy, single);
  }
}

async function startSystem(tlsPort: number): Promise<RunningServer> {
  const prefix = ["taskset", "-c", String(systemCore)];
  const server = await startServer({
    prefix,
    environment: { GUST_ACCESS_LOG: "json", GUST_TLS_PORT: String(tlsPort) },
  });
  for (const postgres of descendantsNamed(server.pid, "postgres")) pin(postgres, generatorCore);
  return server;
}

/** Rows of groups and names; with any row, the anchor that it is measured against. */
function chosen(all: readonly Entry[], wanted: readonly string[]): readonly Entry[] {
  if (wanted.length === 0) return all;
  const isNamed = ({ name, group }: Entry): boolean => wanted.includes(name) || wanted.includes(group);
  const unknown = wanted.filter((word) => !all.some(({ name, group }) => name === word || group === word));
  if (unknown.length > 0) {
    throw new Error(
      `No rows ${unknown.join(", ")}; there are ${groups.join(", ")}: ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  const needed = new Set(all.filter(isNamed).map(({ group }) => group));
  return all.filter((entry) => isNamed(entry) || (needed.has(entry.group) && /^(?:caddy|haproxy)/.test(entry.name)));
}

async function measure(contestants: readonly Contestant[], connections: number): Promise<Results> {
  const results = new Map<string, LoadResult[]>(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      await checkAnswer(contestant);
      const result = await runLoad({
        ...contestant,
        connections,
        seconds: round < 0 ? warmUpSeconds : seconds, // the first round is not counted
        core: generatorCore,
        front: contestant.front(),
        back: contestant.back(),
        isHttp2: contestant.group === "h2",
      });
      if (result.errors !== 0) throw new Error(`${contestant.name}: ${result.errors} failed requests`);
      if (round >= 0) results.get(contestant.name)?.push(result);
    }
  }
  return results;
}

const bodies = { hello: "hello", tls: "hello", h2: "hello", "16k": "x".repeat(16_384), "1m": "x".repeat(1_048_576) };

/** Asks once, in the protocol that is measured. */
async function checkAnswer(contestant: Contestant): Promise<void> {
  const { name, group } = contestant;
  const text = await (group === "h2" ? answerOverHttp2(contestant) : answerOverHttp1(contestant));
  if (text !== `200 ${bodies[group]}`) throw new Error(`${name} answered ${text.slice(0, 200)}`);
}

function answerOverHttp1({ url, headers }: Contestant): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { headers: headers ?? {}, rejectUnauthorized: false, agent: false };
  const call = (url.startsWith("https") ? httpsRequest : httpRequest)(url, options, (response) => {
    textOf(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
  });
  call.on("error", reject).end();
  return promise;
}

async function answerOverHttp2({ url, headers }: Contestant): Promise<string> {
  const { origin, host, pathname, search } = new URL(url);
  const { Host: authority = host, ...others } = headers ?? {};
  const client = connect(origin, { rejectUnauthorized: false });
  try {
    await once(client, "connect"); // nothing but HTTP/2 will do
    const call = client.request({ ":path": pathname + search, ":authority": authority, ...others });
    const [answer] = (await once(call, "response")) as [IncomingHttpHeaders & IncomingHttpStatusHeader];
    return `${answer[":status"]} ${await textOf(call)}`;
  } finally {
    client.destroy();
  }
}

const columns: readonly (readonly [title: string, width: number])[] = [
  ["req/s", 8],
  ["× Caddy", 8],
  ["× HAProxy", 10],
  ["µs front", 9],
  ["+ back", 8],
  ["p50 ms", 8],
  ["p99 ms", 8],
  ["c1 p50 µs", 10],
  ["c1 p99 µs", 10],
  ["CPU system/generator", 21],
];

function report(group: string, busy: Results, single: Results): void {
  process.stdout.write(`\n${group.padEnd(16)}${columns.map(([title, width]) => title.padStart(width)).join("")}\n`);
  const anchor = (name: string): number => rate(busy, group === "hello" ? name : `${name}-${group}`);
  for (const name of busy.keys()) {
    const cells = [
      shown(rate(busy, name), 0),
      shown(rate(busy, name) / anchor("caddy"), 2),
      shown(rate(busy, name) / anchor("haproxy"), 2),
      shown(
        middle(busy, name, (it) => it.frontUsPerRequest),
        1,
      ),
      shown(
        middle(busy, name, (it) => it.backUsPerRequest),
        1,
      ),
      shown(middle(busy, name, (it) => it.p50Us) / 1e3, 2),
      shown(middle(busy, name, (it) => it.p99Us) / 1e3, 2),
      shown(
        middle(single, name, (it) => it.p50Us),
        0,
      ),
      shown(
        middle(single, name, (it) => it.p99Us),
        0,
      ),
      `${shown(
        middle(busy, name, (it) => it.systemShare),
        2,
      )} / ${shown(
        middle(busy, name, (it) => it.generatorShare),
        2,
      )}`,
    ];
    const row = cells.map((cell, i) => cell.padStart(columns[i]?.[1] ?? 0)).join("");
    process.stdout.write(`${name.padEnd(16)}${row}\n`);
  }
}

function middle(results: Results, name: string, pick: (it: LoadResult) => number): number {
  return median((results.get(name) ?? []).map(pick));
}

function rate(results: Results, name: string): number {
  return middle(results, name, (it) => it.requestsPerSecond);
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

/** What the targets say, where all the rows that they need were measured. */
function judge(busy: Results, single: Results): void {
  if (!["node", "gust-web", "gust-node", "gust-express", "gust-service"].every((name) => busy.has(name))) return;
  const times = (name: string, anchor: string): number => rate(busy, name) / rate(busy, anchor);
  // the same handler with and without Gust: one of Web form has no HTTP server to be compared with
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
  verdict("T4", "service ≥ 2.2 × Caddy", versus("gust-service"), times("gust-service", "caddy") >= 2.2);
  const [gust, node] = ["gust-node", "node"].map((name) => ({
    p50: middle(single, name, (it) => it.p50Us),
    p99: middle(single, name, (it) => it.p99Us),
  }));
  if (gust === undefined || node === undefined) return;
  verdict(
    "T5",
    "added latency p50 ≤ 0.06 ms, p99 ≤ 0.5 ms",
    `p50 ${gust.p50} instead of ${node.p50} µs, p99 ${gust.p99} instead of ${node.p99}`,
    gust.p50 - node.p50 <= 60 && gust.p99 - node.p99 <= 500,
  );
}

await main(process.argv.slice(2));
