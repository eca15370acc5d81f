import fs from "node:fs/promises";
import { clientOf } from "../deployed-function.ts";
import type { RunningServer } from "../running-server.ts";

/** A process of this host that runs user code or a runtime in a sandbox. */
export interface BoxProcess {
  readonly pid: number;
  readonly sandbox: string;
  readonly installation: string;
}

/** Who runs a script of this name in a sandbox, whatever numbers processes have inside. */
export async function processesRunning(script: string): Promise<BoxProcess[]> {
  const found: BoxProcess[] = [];
  for (const pid of (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const read = async (file: string): Promise<string[]> =>
      (await fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")).split("\0"); // ended meanwhile
    const [, program = ""] = await read("cmdline");
    if (!program.endsWith(script)) continue;
    const environment = await read("environ");
    const valueOf = (name: string): string =>
      environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
    found.push({ pid: Number(pid), sandbox: valueOf("GUST_SANDBOX"), installation: valueOf("GUST_INSTALLATION") });
  }
  return found;
}

/** The one process that runs a script in a sandbox. */
export async function processIn(sandbox: string, script: string): Promise<BoxProcess> {
  const found = (await processesRunning(script)).find((each) => each.sandbox === sandbox);
  if (found === undefined) throw new Error(`Nothing runs ${script} in ${sandbox}`);
  return found;
}

/** How many instances of a function run a call now. */
export async function busyInstances(server: RunningServer, name: string): Promise<number> {
  const product = { service: "gust", version: "2026-11-24" };
  const { Status: status } = await clientOf(server).call("GetStatus", {}, { product });
  const { versions } = status as { versions: { name: string; instances: { busy: number } }[] }; // wire type of GetStatus
  return versions.filter((version) => version.name === name).reduce((sum, { instances }) => sum + instances.busy, 0);
}
