import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { failed } from "../failure.ts";
import type { Progress } from "../terminal/progress.ts";
import { imageTime } from "./tidy-system.ts";

export const builder = "mmdebstrap";

export interface SystemOptions {
  readonly suite: string;
  readonly packages: readonly string[];
  readonly mirror: string | null;
  /** Must not be there. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Beside Debian's essential ones: what Node's program needs, Python, and what TLS and time zones are read from. */
const standardPackages = [
  "ca-certificates",
  "curl",
  "libatomic1",
  "libstdc++6",
  "openssl",
  "python3",
  "tzdata",
] as const;

/** What nobody reads in a box. Copyrights stay: licences ask for that. */
const dpkgOptions = [
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/info/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/doc/*",
  "path-include=/usr/share/doc/*/copyright",
] as const;

/** As root without a user of its own for downloads: that one could not pass through a private directory. A server that is away is given up soon. */
const aptOptions = [
  'APT::Sandbox::User "root"',
  "Acquire::http::Timeout 20",
  "Acquire::https::Timeout 20",
  "Acquire::Retries 1",
] as const;

const keptLines = 400;

/** Installs a Debian system, scripts of its packages included, in a directory. Throws a CommandFailure that says what went wrong. */
export async function installSystem(options: SystemOptions): Promise<void> {
  const { suite, progress, signal } = options;
  signal.throwIfAborted();
  const child = spawn("setpriv", [...alone, builder, ...builderParameters(options)], {
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LC_ALL: "C",
      DEBIAN_FRONTEND: "noninteractive",
      TMPDIR: "/tmp",
      SOURCE_DATE_EPOCH: String(imageTime),
      ...proxies(),
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a terminal's Ctrl-C is this program's to act on
  });
  const stop = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  const lines = lastLines([child.stdout, child.stderr], progress);
  const [code] = await once(child, "close");
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (code !== 0) throw failed(`The root could not be built: ${reasonOf(lines, suite)}`);
}

function builderParameters({ suite, packages, mirror, directory }: SystemOptions): readonly string[] {
  const include = [...new Set([...standardPackages, ...packages])].toSorted().join(",");
  return [
    "--mode=root",
    "--format=directory",
    "--variant=essential",
    `--include=${include}`,
    ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
    ...aptOptions.map((option) => `--aptopt=${option}`),
    suite,
    directory,
    ...(mirror === null ? [] : [mirror]),
  ];
}

/** Follows the builder's output: its steps are shown, and its last lines kept for the sentence about its end. */
function lastLines(streams: readonly Readable[], progress: SystemOptions["progress"]): readonly string[] {
  const lines: string[] = [];
  for (const stream of streams) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      const step = /^I: (.*?)(?:\.\.\.)?$/.exec(line)?.[1];
      if (step !== undefined && !/tempdir|signed-by|automatically|architecture/.test(step)) progress.update(step);
    });
  }
  return lines;
}

/**
 * In a mount and a process namespace of its own, which ends with this program: mounts of the build are nobody else's, and neither they nor
 * a process that a package has started outlive it.
 */
const alone = [
  "--pdeathsig=KILL",
  "unshare",
  "--mount",
  "--propagation=private",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

/** How this machine reaches package servers is the user's to say. */
function proxies(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function reasonOf(lines: readonly string[], suite: string): string {
  const says = (pattern: RegExp): RegExpExecArray | null =>
    lines.map((line) => pattern.exec(line)).find((match) => match !== null) ?? null;
  if (says(/No space left|enough free space/) !== null) return "No space left on device";
  const unknown = says(/Unable to locate package (\S+)|Package '?([^' ]+)'? has no installation candidate/);
  if (unknown !== null) return `Debian ${suite} has no package ${unknown[1] ?? unknown[2] ?? ""}`;
  if (says(/does not have a Release file|404\s+Not Found|unknown suite/) !== null) {
    return `the package servers have no suite ${suite} (${firstError(lines)})`;
  }
  if (
    says(/resolving|Could not connect|timed out|Connection refused|unreachable|Connection failed|Unable to connect/) !==
    null
  ) {
    return "the package servers cannot be reached (--mirror names another)";
  }
  return firstError(lines);
}

function firstError(lines: readonly string[]): string {
  const errors = lines.filter((line) => /^(?:E|dpkg|Err):? /.test(line));
  return errors[0]?.replace(/^E: /, "").slice(0, 300) ?? lines.at(-1) ?? "mmdebstrap said nothing";
}
