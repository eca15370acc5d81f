import { existsSync, realpathSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { readConfig, sandboxSettings, type Config } from "./config.ts";
import { messageOf, type Logger } from "./core/index.ts";
import { examineHost, findMissingPackages, type HostReport } from "./sandbox/index.ts";

/**
 * Says as JSON what a server with these settings would find on this host: `doctor.ts` tries everything, `doctor.ts --packages` only looks which
 * packages are missing. Works beside a running server.
 */
async function main(parameters: readonly string[]): Promise<void> {
  const config = readConfig();
  const report = parameters.includes("--packages")
    ? findMissingPackages(sandboxSettings(config))
    : await examine(config);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function examine(config: Config): Promise<HostReport> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stop.abort(new Error("Interrupted")));
  }
  const { dataDirectory } = config;
  return examineHost({
    ...sandboxSettings(config),
    choice: config.sandbox,
    dataDirectory,
    runDirectory: path.join(existsSync(dataDirectory) ? realpathSync(dataDirectory) : dataDirectory, "run"),
    openTrial: async () => openTrial(dataDirectory),
    logger: silent,
    signal: stop.signal,
  });
}

/** An installation of its own beside what the server has; what a crash leaves of one is found and removed by the next. */
async function openTrial(dataDirectory: string): Promise<AsyncDisposable & { readonly runDirectory: string }> {
  await using opened = new AsyncDisposableStack();
  const made = await fs.mkdir(dataDirectory, { recursive: true, mode: 0o755 });
  if (made !== undefined) opened.defer(async () => removeEmpty(dataDirectory, made));
  const place = path.join(dataDirectory, "doctor");
  const { openInstallation } = await import("./store/index.ts"); // a quarter of a second that a mere look does not need
  const { runDirectory } = opened.use(await openInstallation(place).catch(explainBusy));
  opened.defer(async () => fs.rm(place, { recursive: true, force: true }));
  const parts = opened.move();
  return { runDirectory, [Symbol.asyncDispose]: async () => parts.disposeAsync() };
}

/** From the inner one to the outermost of what was made; a server that has started there meanwhile keeps its own. */
async function removeEmpty(inner: string, outermost: string): Promise<void> {
  try {
    await fs.rmdir(inner);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST")) return;
    throw error;
  }
  if (inner !== outermost) await removeEmpty(path.dirname(inner), outermost);
}

function explainBusy(cause: unknown): never {
  const why = messageOf(cause);
  throw new Error(`Boxes cannot be tried: another gust doctor is at it, or this stands against it: ${why}`, { cause });
}

const ignore = (): void => undefined;
/** The report says what matters. */
const silent: Logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };

if (import.meta.main) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`gust: ${messageOf(error)}\n`);
    process.exit(1);
  });
}
