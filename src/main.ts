import { readConfig } from "./config.ts";
import { messageOf } from "./core/index.ts";
import { startServer } from "./start-server.ts";
import { StopSteps } from "./stop-steps.ts";
import { createLogger } from "./telemetry/index.ts";

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config.logLevel, { isTerminal: process.stderr.isTTY });
  const steps = new StopSteps(logger);
  const stop = new AbortController();
  const starting = startServer(config, logger, steps, stop.signal);
  const end = async (exitCode: number): Promise<never> => {
    stop.abort(new Error("Stopped before it had started"));
    await starting.catch(() => undefined); // said where it is awaited below, unless this is why
    await steps.run();
    process.exit(exitCode);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) return steps.hurry();
    logger.info({ signal }, "Stopping; once more to stop now");
    void end(0);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // see the logger
  process.on("uncaughtException", (error) => {
    logger.error({ err: error }, "A bug of the platform: it stops in order, and has to be started again");
    void end(1);
  });
  try {
    await starting;
  } catch (error) {
    await steps.run();
    if (!stop.signal.aborted) throw error;
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`gust: ${messageOf(error)}\n`);
    process.exit(1);
  });
}
