import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { keptDirectory } from "../kept-directory.ts";

/** Where pyenv has it beside others, it is found by its version. */
const environment = { ...process.env, PYENV_VERSION: "2.7.18" };
const fixtures = path.join(import.meta.dirname, "fixtures/autobahn");

/** What the suite says of one case. */
export interface CaseResult {
  readonly behavior: string;
  readonly behaviorClose: string;
  readonly remoteCloseCode: number | null;
  readonly remoteCloseReason: string | null;
  /** Frames that came back, by opcode. */
  readonly rxFrameStats: Readonly<Record<string, number>>;
}

/** Autobahn|Testsuite as it is published, which only Python 2.7 runs; kept between runs. A string says why there is none. */
export async function installAutobahn(): Promise<{ readonly site: string } | string> {
  const requirements = path.join(fixtures, "requirements.txt");
  try {
    await python(["-m", "pip", "--version"]);
  } catch {
    return "Python 2.7 with pip is not installed here, and autobahntestsuite runs on nothing else";
  }
  try {
    const site = await keptDirectory({
      name: "autobahn",
      content: await fs.readFile(requirements, "utf8"),
      async make(directory) {
        const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", directory];
        await python(["-m", "pip", "install", ...options, "-r", requirements]);
      },
    });
    return { site };
  } catch (error) {
    return `autobahntestsuite cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Cases of the suite, as patterns: `1.*`. */
export interface Cases {
  readonly run: readonly string[];
  readonly leaveOut: readonly string[];
}

/** Runs cases of the fuzzing client against a server; gives the results by case. */
export async function runAutobahn(site: string, url: string, cases: Cases): Promise<ReadonlyMap<string, CaseResult>> {
  await using directory = await fs.mkdtempDisposable(path.join(os.tmpdir(), "gust-autobahn-"));
  const agent = "tested";
  const spec = path.join(directory.path, "spec.json");
  const reports = path.join(directory.path, "reports");
  const left = { "exclude-cases": cases.leaveOut, "exclude-agent-cases": {} };
  await fs.writeFile(spec, JSON.stringify({ outdir: reports, servers: [{ agent, url }], cases: cases.run, ...left }));
  const client = [path.join(fixtures, "wstest.py"), site, "-m", "fuzzingclient", "-s", spec];
  await python(client, directory.path);
  const index = JSON.parse(await fs.readFile(path.join(reports, "index.json"), "utf8")); // a report of the suite
  const results = new Map<string, CaseResult>();
  for (const [id, { reportfile }] of Object.entries<{ reportfile: string }>(index[agent])) {
    const report = JSON.parse(await fs.readFile(path.join(reports, reportfile), "utf8"));
    const { behavior, behaviorClose, remoteCloseCode, remoteCloseReason, rxFrameStats } = report;
    results.set(id, { behavior, behaviorClose, remoteCloseCode, remoteCloseReason, rxFrameStats });
  }
  return results;
}

async function python(args: readonly string[], cwd?: string): Promise<void> {
  await promisify(execFile)("python2.7", args, {
    env: environment,
    maxBuffer: 1e9,
    ...(cwd === undefined ? {} : { cwd }),
  });
}
