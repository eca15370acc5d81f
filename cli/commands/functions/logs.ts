import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { GustClient } from "../../../sdk/src/index.ts";
import { pause } from "../../deployment/function-state.ts";
import { CommandFailure, exitCodes } from "../../failure.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { LogFollower } from "./follow-logs.ts";
import { renderLog } from "./render-log.ts";

interface LogsOptions extends CommonOptions {
  readonly namespace: string;
  readonly follow?: boolean;
  readonly request?: string;
  readonly limit: number;
  readonly failed?: boolean;
}

const lookEveryMs = 500;

export function addLogs(program: Command, signal: AbortSignal): void {
  const command = newCommand("logs", "Shows what a function printed, call by call", [
    "logs hello",
    "logs hello --follow",
    "logs hello --failed --limit 5",
    "logs hello --request 6add56fa-58f1-11e8-89a9-5254005d5fdb",
  ]);
  command
    .argument("<name>", "name of the function")
    .option("-n, --namespace <name>", "namespace of the function", "default")
    .option("-f, --follow", "go on with what comes; Ctrl-C ends it")
    .option("--request <id>", "only this call")
    .option("--failed", "only calls that failed")
    .option("--limit <count>", "how many calls, newest last", parseCount, 20)
    .action(async (name: string, options: LogsOptions) => {
      const session = newSession(options, signal);
      const { client } = await session.connect();
      if (options.follow === true) await follow(client, name, options, session);
      else await show(client, name, options, session);
    });
  program.addCommand(command);
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 10_000) return Number(text);
  throw new InvalidArgumentError("Expected 1–10000");
}

async function show(
  client: GustClient,
  name: string,
  options: LogsOptions,
  { terminal, signal }: Session,
): Promise<void> {
  const { Data: entries } = await client.request(
    "GetFunctionLogs",
    {
      FunctionName: name,
      Namespace: options.namespace,
      FunctionRequestId: options.request,
      Order: "desc",
      Limit: options.limit,
      ...(options.failed === true ? { Filter: { RetCode: "not0" } } : {}),
    },
    { signal },
  );
  if (entries.length === 0 && options.request !== undefined) {
    throw new CommandFailure(
      exitCodes.notFound,
      `${name} has no call ${options.request} that ended within the last day.`,
    );
  }
  if (entries.length === 0) terminal.note(`${name} was not called within the last day.`);
  terminal.result({ entries: entries.toReversed() }, () =>
    entries
      .toReversed()
      .map((entry) => renderLog(entry, terminal.style))
      .join("\n"),
  );
}

/** Prints what comes until Ctrl-C. */
async function follow(client: GustClient, name: string, options: LogsOptions, session: Session): Promise<void> {
  const { terminal, signal } = session;
  const follower = new LogFollower(client, { namespace: options.namespace, name });
  const past = await follower.look(signal);
  for (const entry of past.slice(-options.limit)) {
    terminal.result(entry, () => renderLog(entry, terminal.style));
  }
  while (!signal.aborted) {
    await pause(lookEveryMs, signal);
    for (const entry of await follower.look(signal)) {
      if (options.request !== undefined && entry.RequestId !== options.request) continue;
      terminal.result(entry, () => renderLog(entry, terminal.style));
    }
  }
}
