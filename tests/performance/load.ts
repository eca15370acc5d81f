import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuSeconds } from "./processes.ts";

export interface Load {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Core of the load generator. */
  readonly core: number;
  /** Roots of the system under test, for its CPU share. */
  readonly systemPids: readonly number[];
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Answers other than 2xx/3xx and socket errors. */
  readonly errors: number;
  /** CPU of the system per request, microseconds. */
  readonly cpuUsPerRequest: number;
  /** Shares of one core while the load ran. */
  readonly systemShare: number;
  readonly generatorShare: number;
}

/** One run of wrk, pinned. Throws when the first answer is not what `expectAnswer` saw. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const headers = Object.entries(load.headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const before = cpuSeconds(load.systemPids);
  const { stdout, stderr } = await promisify(execFile)("sh", [
    "-c",
    // `times` prints the generator's own CPU after its run.
    'taskset -c "$0" nice -n -10 wrk "$@"; times',
    String(load.core),
    "-t1",
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    "--latency",
    ...headers,
    load.url,
  ]);
  const system = cpuSeconds(load.systemPids) - before;
  return { ...parseWrk(stdout + stderr), ...sharesOf(stdout, system, load.seconds) };
}

function sharesOf(
  output: string,
  systemSeconds: number,
  seconds: number,
): Omit<LoadResult, keyof ReturnType<typeof parseWrk>> {
  const [, user = "0m0", kernel = "0m0"] = /(\d+m[\d.]+)s (\d+m[\d.]+)s\s*$/.exec(output) ?? [];
  const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? Number.NaN);
  return {
    cpuUsPerRequest: (systemSeconds * 1e6) / requests,
    systemShare: systemSeconds / seconds,
    generatorShare: (minutes(user) + minutes(kernel)) / seconds,
  };
}

function minutes(text: string): number {
  const [m = "0", s = "0"] = text.split("m");
  return Number(m) * 60 + Number(s);
}

function parseWrk(output: string): { requestsPerSecond: number; p50Us: number; p99Us: number; errors: number } {
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? "0";
  const socket = [...(/Socket errors: (.*)/.exec(output)?.[1] ?? "").matchAll(/\d+/g)].reduce(
    (sum, it) => sum + Number(it[0]),
    0,
  );
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? Number.NaN),
    p50Us: duration(/50%\s+([\d.]+[a-z]+)/.exec(output)?.[1]),
    p99Us: duration(/99%\s+([\d.]+[a-z]+)/.exec(output)?.[1]),
    errors: Number(failed) + socket,
  };
}

function duration(text: string | undefined): number {
  const [, value = "NaN", unit = "us"] = /^([\d.]+)(us|ms|s)$/.exec(text ?? "") ?? [];
  const scale = { us: 1, ms: 1e3, s: 1e6 }[unit] ?? Number.NaN;
  return Number(value) * scale;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Nearest-rank percentile, `p` in (0, 100]. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Prints a row of the verdict: the figure, its target, PASS or FALLS SHORT. */
export function verdict(target: string, what: string, figure: string, isMet: boolean): void {
  process.stdout.write(`${isMet ? "PASS       " : "FALLS SHORT"} ${target} ${what}: ${figure}\n`);
}
