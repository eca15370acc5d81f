import type { Command } from "commander";
import { exitCodes } from "../../failure.ts";
import { runningServer, type ServerRecord } from "../../installation/server-record.ts";
import { readHostReport, type HostReport } from "../../server/host-report.ts";
import { offerPackages } from "../../server/offer-packages.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import type { Style } from "../../terminal/style.ts";
import { table } from "../../terminal/table.ts";

interface DoctorOptions extends CommonOptions {
  readonly install?: boolean;
}

type Check = HostReport["checks"][number];

export function addDoctor(program: Command, signal: AbortSignal): void {
  const command = newCommand(
    "doctor",
    "Says whether this machine can run functions in containers, and what is missing",
    [
      "doctor",
      "doctor --install                 install what is missing first (root, Debian)",
      "doctor --json | jq .driver",
    ],
  );
  command
    .option("--install", "as root on Debian, install what containers lack first, without asking")
    .action(async (options: DoctorOptions) => {
      const session = newSession(options, signal);
      if (options.install === true) await offerPackages({ yes: true }, session);
      const { terminal, dataDirectory } = session;
      const report = await terminal.during("Trying containers", () => readHostReport(dataDirectory, signal));
      const running = await runningServer(dataDirectory).catch(() => null); // of another user: nothing to compare with
      const server = running === null ? null : { pid: running.pid, isIsolated: running.isIsolated };
      terminal.result({ ...report, server }, () => render(report, running, session));
      if (report.driver !== "oci") process.exitCode = exitCodes.notIsolated;
    });
  program.addCommand(command);
}

function render(report: HostReport, running: ServerRecord | null, session: Session): string {
  const { style } = session.terminal;
  const rows = report.checks.flatMap((check) => [
    [`  ${outcome(check, style)}`, style.dim(check.name), check.found],
    ...(check.mend === null ? [] : [["", "", style.cyan(check.mend)]]),
  ]);
  return [table(rows), "", ...verdict(report, session), ...compare(report, running, session)].join("\n");
}

function outcome({ outcome: said, isNeeded }: Check, style: Style): string {
  if (said === "pass") return style.green("pass");
  return isNeeded ? style.red(said) : style.dim(`${said}, not needed`);
}

function verdict({ driver, why, install, hasAptGet, obstacle }: HostReport, { terminal, gust }: Session): string[] {
  const { style } = terminal;
  if (driver === "oci") return [`${style.green("✔")} Functions run in containers: ${why}.`];
  const sentence =
    driver === null
      ? `Gust would not start, because containers are demanded (GUST_SANDBOX=oci) and cannot be had: ${why}.`
      : `Functions run as plain processes, NOT ISOLATED from this machine: ${why}.`;
  const byUp = hasAptGet && obstacle === null ? ` (${gust("up")} offers it)` : "";
  return [
    style.yellow(sentence),
    ...(install === null ? [] : [`Install what is missing: ${style.cyan(install)}${byUp}`]),
  ];
}

/** A server chose when it started; this host may have changed since. */
function compare({ driver }: HostReport, running: ServerRecord | null, { terminal, gust }: Session): string[] {
  if (running === null || running.isIsolated === (driver === "oci")) return [];
  const has = running.isIsolated ? "has containers" : "has no containers";
  const line = `The Gust that runs (process ${running.pid}) ${has}: it chose when it started. Start it again: ${gust("down")}, ${gust("up")}`;
  return [terminal.style.yellow(line)];
}
