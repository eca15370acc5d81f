import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuSeconds } from "./processes.ts";

export interface Load {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Core of the load generator, or several as `taskset` takes them. */
  readonly core: number | string;
  /** Processes of the system under test: what stands before the handler, and the handler. */
  readonly front: readonly number[];
  readonly back: readonly number[];
  /** Speaks HTTP/2, ten requests at a time on each connection. */
  readonly isHttp2?: boolean;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Not a number where the generator does not say. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Answers other than 2xx/3xx and socket errors. */
  readonly errors: number;
  /** CPU of each side of the system per request, microseconds. */
  readonly frontUsPerRequest: number;
  readonly backUsPerRequest: number;
  /** Shares of one core while the load ran. */
  readonly systemShare: number;
  readonly generatorShare: number;
}

/**
 * A generator with a core of its own comes before all else on it, or what else runs there is measured: `nice` says nothing between sessions, which is what
 * the kernel shares the processor among (`sched_autogroup_enabled`). Without the right to that it runs as others do.
 */
const first = 'chrt -f 1 true 2>/dev/null && set -- chrt -f 1 "$@"; ';

/** One run of wrk or h2load, pinned. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const before = [cpuSeconds(load.front), cpuSeconds(load.back)] as const;
  const { stdout, stderr } = await promisify(execFile)("sh", [
    "-c",
    // `times` prints the generator's own CPU after its run.
    `${typeof load.core === "number" ? first : ""}taskset -c "$0" "$@"; times`,
    String(load.core),
    ...(load.isHttp2 === true ? h2loadCommand(load) : wrkCommand(load)),
  ]);
  const [front, back] = [cpuSeconds(load.front) - before[0], cpuSeconds(load.back) - before[1]];
  const parsed = load.isHttp2 === true ? parseH2load(stdout) : parseWrk(stdout + stderr);
  const requests = parsed.requestsPerSecond * load.seconds;
  return {
    ...parsed,
    frontUsPerRequest: (front * 1e6) / requests,
    backUsPerRequest: (back * 1e6) / requests,
    systemShare: (front + back) / load.seconds,
    generatorShare: generatorSeconds(stdout) / load.seconds,
  };
}

function wrkCommand({ connections, seconds, headers, url }: Load): string[] {
  const given = Object.entries(headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  return ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...given, url];
}

function h2loadCommand({ connections, seconds, headers, url }: Load): string[] {
  const given = Object.entries(headers ?? {}).flatMap(([name, value]) => [
    "-H",
    `${name === "Host" ? ":authority" : name}: ${value}`,
  ]);
  return ["h2load", "-t1", `-c${connections}`, "-m10", `-D${seconds}`, ...given, url];
}

function generatorSeconds(output: string): number {
  const [, user = "0m0", kernel = "0m0"] = /(\d+m[\d.]+)s (\d+m[\d.]+)s\s*$/.exec(output) ?? [];
  return minutes(user) + minutes(kernel);
}

function minutes(text: string): number {
  const [m = "0", s = "0"] = text.split("m");
  return Number(m) * 60 + Number(s);
}

type Parsed = Pick<LoadResult, "requestsPerSecond" | "p50Us" | "p99Us" | "errors">;

function parseH2load(output: string): Parsed {
  const [, ...failed] = /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(output) ?? ["", "NaN"];
  const [, ...refused] = /status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(output) ?? ["", "NaN"];
  return {
    requestsPerSecond: Number(/finished in [\d.]+m?s, ([\d.]+) req\/s/.exec(output)?.[1] ?? Number.NaN),
    p50Us: Number.NaN,
    p99Us: Number.NaN,
    errors: [...failed, ...refused].reduce((sum, each) => sum + Number(each), 0),
  };
}

function parseWrk(output: string): Parsed {
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
