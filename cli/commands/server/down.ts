import type { Command } from "commander";
import { pause } from "../../deployment/function-state.ts";
import { failed } from "../../failure.ts";
import { isAlive, runningServer } from "../../installation/server-record.ts";
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
    const since = Date.now();
    using progress = terminal.progress(`Stopping process ${running.pid}`);
    process.kill(running.pid, "SIGTERM");
    if (options.now === true) process.kill(running.pid, "SIGTERM");
    while (isAlive(running.pid) && (await runningServer(dataDirectory))?.pid === running.pid) {
      if (Date.now() - since > patienceMs) {
        throw failed(`Process ${running.pid} did not stop within ${duration(patienceMs)}; try gust down --now.`);
      }
      progress.update(`waiting for running calls, ${duration(Date.now() - since)}; --now does not wait`);
      await pause(lookEveryMs, signal);
    }
    await untilGone(running.pid, signal);
    const took = Date.now() - since;
    terminal.result({ stopped: true, pid: running.pid, ms: took }, () => `Stopped in ${duration(took)}.`);
  });
  program.addCommand(command);
}

/** The record of a server goes just before its process does. */
async function untilGone(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (isAlive(pid) && Date.now() < deadline) await pause(lookEveryMs, signal);
}
