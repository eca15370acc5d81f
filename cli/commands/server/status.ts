import type { Command } from "commander";
import type { GustClient } from "../../../sdk/src/index.ts";
import { exitCodes } from "../../failure.ts";
import { connect } from "../../installation/connect.ts";
import { runningServer, type ServerRecord } from "../../installation/server-record.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { duration, table } from "../../terminal/table.ts";
import { listAllFunctions } from "../functions/list.ts";

export function addStatus(program: Command, signal: AbortSignal): void {
  const command = newCommand("status", "Says whether Gust runs on this machine, and where", [
    "status",
    "status --json",
    "status --data ./playground || gust up --data ./playground --detach",
  ]);
  program.addCommand(
    command.action(async (options: CommonOptions) => {
      const session = newSession(options, signal);
      const running = await runningServer(session.dataDirectory);
      if (running === null) sayStopped(session);
      else await sayRunning(running, session);
    }),
  );
}

function sayStopped({ terminal, dataDirectory, gust }: Session): void {
  terminal.result(
    { running: false, dataDirectory },
    () => `Gust does not run (data ${dataDirectory}). Start it: ${gust("up")}`,
  );
  process.exitCode = exitCodes.unreachable;
}

async function sayRunning(running: ServerRecord, session: Session): Promise<void> {
  const { terminal, dataDirectory, signal } = session;
  const { url, tlsUrl, pid, version, startedAt, isIsolated, warnings } = running;
  const { client } = await connect({ data: dataDirectory });
  const listed = await terminal.during("Asking the server", () => listAllFunctions(client, signal));
  const instances = await readInstances(client, signal);
  const uptimeMs = Date.now() - startedAt;
  const value = {
    running: true,
    url,
    tlsUrl: tlsUrl ?? null,
    pid,
    version,
    startedAt,
    uptimeMs,
    dataDirectory,
    functions: listed.length,
    instances,
    isIsolated,
    warnings,
  };
  terminal.result(value, () => {
    const { style } = terminal;
    const rows = [
      ["url", style.cyan(url)],
      ["with TLS", tlsUrl === undefined ? "off" : style.cyan(tlsUrl)],
      ["sandboxes", isIsolated ? "containers" : "plain processes, without isolation"],
      ["process", String(pid)],
      ["up for", duration(uptimeMs)],
      ["functions", String(listed.length)],
      [
        "instances",
        `${instances.used} of at most ${instances.limit}, ${instances.frozen} of them frozen between calls`,
      ],
      ["data", dataDirectory],
      ...warnings.map((warning) => ["warning", style.yellow(warning)]),
    ];
    return `${style.green("✔")} Gust ${version} runs\n${table(rows.map(([label = "", text = ""]) => [`  ${style.dim(label)}`, text]))}`;
  });
}

interface InstanceCounts {
  readonly used: number;
  readonly frozen: number;
  readonly limit: number;
}

/** Sandboxes that serve functions. */
async function readInstances(client: GustClient, signal: AbortSignal): Promise<InstanceCounts> {
  const product = { service: "gust", version: "2026-11-24" };
  const { Status: status } = await client.call("GetStatus", {}, { product, signal });
  return (status as { instances: InstanceCounts }).instances; // the scheduler's status, of a server of this version
}
