import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { newSandboxId } from "../../src/core/index.ts";
import { openDriver, runtimePrograms, type Sandbox, type SandboxDriver } from "../../src/sandbox/index.ts";
import { initMessage, request } from "../conformance/channel-requests.ts";

/** Containers with networks, as a server has them, for a function that says hello. Disposing leaves nothing. */
export interface BenchBoxes extends AsyncDisposable {
  readonly driver: SandboxDriver;
  /** What a server does for a cold call, step by step; the times are those of each step in milliseconds. */
  serve(): Promise<{ readonly box: Sandbox; readonly phases: Phases }>;
}

export interface Phases {
  /** Network, bundle, booter, OCI runtime, start of Node. */
  readonly boot: number;
  /** Limits, code. */
  readonly claim: number;
  readonly init: number;
  readonly call: number;
}

const code = `exports.main_handler = async () => new Response("hello");`;
const boundMs = 30_000;

export async function openBenchBoxes(): Promise<BenchBoxes> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-bench-"));
  const codeDirectory = path.join(directory, "code");
  await mkdir(codeDirectory);
  await writeFile(path.join(codeDirectory, "index.js"), code);
  const quiet = { error: console.error, warn: console.error, info() {}, debug() {} };
  const driver = await openDriver("oci", { runDirectory: path.join(directory, "run"), logger: quiet });
  return {
    driver,
    serve: async () => serve(driver, codeDirectory),
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function serve(driver: SandboxDriver, codeDirectory: string): Promise<{ box: Sandbox; phases: Phases }> {
  const signal = AbortSignal.timeout(boundMs);
  const times = [performance.now()];
  const tick = (): void => void times.push(performance.now());
  const box = await driver.create({ id: newSandboxId(), program: runtimePrograms.node26 }, { signal });
  tick();
  const assignment = { codeDirectory, memoryMb: 128 };
  await box.assign(assignment, { signal });
  const { codeRoot } = box.paths(assignment);
  tick();
  const outcome = await box.channel.init({ ...initMessage, codeRoot, handler: "index.main_handler" }, { signal });
  if (outcome.kind === "failed") throw new Error(outcome.failure.message);
  tick();
  const { status, body } = await request(box.channel, "/");
  if (status !== 200 || body.toString() !== "hello") throw new Error(`a call was answered with ${status}`);
  tick();
  const [boot = 0, claim = 0, init = 0, call = 0] = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  return { box, phases: { boot, claim, init, call } };
}
