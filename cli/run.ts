import { CommanderError } from "commander";
import { explain } from "./explain.ts";
import { CommandFailure, exitCodes } from "./failure.ts";
import { createProgram } from "./program.ts";
import { Terminal } from "./terminal/terminal.ts";

/** The first signal lets a command end in order, the second ends it now. */
function watchSignals(interrupt: AbortController): void {
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort(new CommandFailure(exitCodes.interrupted, "Interrupted."));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onSignal);
}

/** A reader that goes away (`gust list | head`) is no failure. */
function endQuietlyWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.done);
    throw error;
  });
}

/** Runs the command that the arguments name, and leaves its exit code to the process. */
export async function run(): Promise<void> {
  const interrupt = new AbortController();
  watchSignals(interrupt);
  endQuietlyWithReader();
  try {
    process.exitCode = exitCodes.done;
    await createProgram(interrupt.signal).parseAsync(process.argv);
  } catch (error) {
    process.exitCode = report(error, interrupt.signal);
  }
}

function report(error: unknown, signal: AbortSignal): number {
  // commander has shown the help that was asked for, or was missing
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  if (error instanceof CommanderError && error.code === "commander.help") return exitCodes.usage;
  const failure = explain(signal.aborted ? signal.reason : error);
  if (failure.exitCode !== exitCodes.interrupted) {
    new Terminal({ json: process.argv.includes("--json") }).failure(failure);
  }
  return failure.exitCode;
}
