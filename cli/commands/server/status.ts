import type { Command } from "commander";
import { exitCodes } from "../../failure.ts";
import { connect } from "../../installation/connect.ts";
import {
  functionsAt,
  readStatus,
  sayWhereFunctionsAnswer,
  type HostState,
  type ServerStatus,
} from "../../installation/hosts.ts";
import { runningServer, type ServerRecord } from "../../installation/server-record.ts";
import { calledAs, newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
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
  const { url, tlsUrl, pid, version, roles, startedAt, isIsolated, warnings } = running;
  const { client } = await connect({ data: dataDirectory });
  const listed = await terminal.during("Asking the server", () => listAllFunctions(client, signal));
  const { instances, hosts } = await readStatus(client, signal);
  const uptimeMs = Date.now() - startedAt;
  const value = {
    running: true,
    url,
    tlsUrl: tlsUrl ?? null,
    pid,
    version,
    roles,
    hosts,
    startedAt,
    uptimeMs,
    dataDirectory,
    functions: listed.length,
    instances,
    isIsolated,
    warnings,
  };
  terminal.result(value, () => {
    const rows = statusRows(value, terminal.style);
    const lines = rows.map(([label = "", text = ""]) => [`  ${terminal.style.dim(label)}`, text]);
    return `${terminal.style.green("✔")} Gust ${version} runs\n${table(lines)}`;
  });
}

interface RunningStatus extends Pick<ServerRecord, "url" | "pid" | "roles" | "isIsolated" | "warnings">, ServerStatus {
  readonly tlsUrl: string | null;
  readonly uptimeMs: number;
  readonly functions: number;
  readonly dataDirectory: string;
}

function statusRows(status: RunningStatus, style: Session["terminal"]["style"]): string[][] {
  const { url, tlsUrl, roles, pid, uptimeMs, functions, instances, dataDirectory, hosts, warnings } = status;
  const { used, limit, frozen } = instances;
  return [
    ["url", style.cyan(url)],
    ["with TLS", tlsUrl === null ? "off" : style.cyan(tlsUrl)],
    ...(roles.includes("data") ? [["sandboxes", sandboxes(status.isIsolated)]] : []),
    ["process", String(pid)],
    ...(roles.length > 1 ? [] : [["role", roles.join("")]]),
    ["up for", duration(uptimeMs)],
    ["functions", String(functions)],
    ["instances", `${used} of at most ${limit}, ${frozen} of them frozen between calls`],
    ["data", dataDirectory],
    ...(hosts.length > 1 ? hosts.map(hostRow) : []),
    ...(hosts.length > 0 && functionsAt(hosts).length === 0
      ? [["note", style.yellow(sayWhereFunctionsAnswer(hosts, calledAs(process.env)))]]
      : []),
    ...warnings.map((warning) => ["warning", style.yellow(warning)]),
  ];
}

function sandboxes(isIsolated: boolean): string {
  return isIsolated ? "containers" : "plain processes, without isolation";
}

function hostRow({ id, roles, publicUrl, isSelf }: HostState): string[] {
  return ["host", `${id} ${roles.join(" and ")} at ${publicUrl}${isSelf ? " (which answered)" : ""}`];
}
