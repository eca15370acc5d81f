import type { Command } from "commander";
import { pause } from "../../deployment/function-state.ts";
import { failed } from "../../failure.ts";
import { connect } from "../../installation/connect.ts";
import { isAlive, runningServer, type ServerRecord } from "../../installation/server-record.ts";
import { busyFunctions } from "../../server/busy-functions.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import { duration } from "../../terminal/table.ts";

interface DownOptions extends CommonOptions {
  readonly now?: boolean;
}

/** Running calls may take the drain time of every part of the server; after this something hangs. */
const patienceMs = 90_000;
const lookEveryMs = 50;

export function addDown(program: Command, signal: AbortSignal): void {
  const command = newCommand("down", "Stops the Gust of this machine in order; functions and data stay", [
    "down",
    "down --now",
    "down --data ./playground",
  ]);
  command.option("--now", "do not wait for running calls").action(async (options: DownOptions) => {
    const { terminal, dataDirectory } = newSession(options, signal);
    const running = await runningServer(dataDirectory);
    if (running === null) {
      terminal.result({ stopped: false, dataDirectory }, () => `Gust does not run (data ${dataDirectory}).`);
      return;
    }
    const awaited = options.now === true ? [] : await askBusy(dataDirectory, signal);
    const since = Date.now();
    using progress = terminal.progress("Stopping");
    process.kill(running.pid, "SIGTERM");
    if (options.now === true) process.kill(running.pid, "SIGTERM");
    while (isAlive(running.pid) && (await runningServer(dataDirectory))?.pid === running.pid) {
      if (Date.now() - since > patienceMs) {
        throw failed(`Process ${running.pid} did not stop within ${duration(patienceMs)}; try gust down --now.`);
      }
      progress.update(waiting(awaited, Date.now() - since, running));
      await pause(lookEveryMs, signal);
    }
    await untilGone(running.pid, signal);
    const took = Date.now() - since;
    terminal.result({ stopped: true, pid: running.pid, ms: took }, () => `Stopped in ${duration(took)}.`);
  });
  program.addCommand(command);
}

const namesShown = 5;
/** A server that hangs does not keep its own stop waiting. */
const statusBoundMs = 2_000;
const drainSetting = "GUST_DRAIN_TIMEOUT_S";

/** What a stop waits for, as it was when that began, and how long at most by which setting: short, for a line of a terminal. */
function waiting(names: readonly string[], sinceMs: number, { settings }: ServerRecord): string {
  const shown = names.slice(0, namesShown).join(", ") + (names.length > namesShown ? ", …" : "");
  const limit = settings[drainSetting];
  const bound = limit === undefined ? "" : ` of ${limit} s (${drainSetting}; or --now)`;
  return `waiting for ${shown === "" ? "running calls" : shown}, ${duration(sinceMs)}${bound}`;
}

/** Names are a help only: a server that does not tell them is stopped all the same. */
async function askBusy(dataDirectory: string, signal: AbortSignal): Promise<string[]> {
  try {
    const { client } = await connect({ data: dataDirectory });
    return await busyFunctions(client, AbortSignal.any([signal, AbortSignal.timeout(statusBoundMs)]));
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** The record of a server goes just before its process does. */
async function untilGone(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (isAlive(pid) && Date.now() < deadline) await pause(lookEveryMs, signal);
}
