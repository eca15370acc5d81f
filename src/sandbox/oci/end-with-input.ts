import type { ChildProcess } from "node:child_process";

const endBoundMs = 2_000;

/** Closes the input of a resident process, which ends by that, and kills it when it does not. Resolves when it is gone. */
export async function endWithInput(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), endBoundMs);
  await exited;
  clearTimeout(timer);
}
