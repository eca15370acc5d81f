import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import type { GustClient } from "../../../sdk/src/index.ts";
import { failed, usage } from "../../failure.ts";
import { installRuntime, listRuntimes, type RuntimeState } from "../../installation/runtimes.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import type { Style } from "../../terminal/style.ts";
import { table } from "../../terminal/table.ts";
import { addRuntimeBuild } from "./runtime-build.ts";

export function addRuntime(program: Command, signal: AbortSignal): void {
  const command = new Command("runtime").description(
    "What functions run on: lists, installs, and builds the system of containers",
  );
  const list = newCommand("list", "Says what functions can run on, and whether it is installed", ["runtime list"]);
  command.addCommand(list.action((options: CommonOptions) => sayRuntimes(newSession(options, signal))));
  const install = newCommand("install", "Fetches runtimes before functions need them", [
    "runtime install node18    before the first function needs it",
    "runtime install           everything, for a host that will have no network",
  ]);
  install.argument("[name...]", "names of `gust runtime list`; all of them");
  command.addCommand(
    install.action((names: string[], options: CommonOptions) => installAll(names, newSession(options, signal))),
  );
  addRuntimeBuild(command, signal);
  program.addCommand(command);
}

async function sayRuntimes({ terminal, connect, signal }: Session): Promise<void> {
  const { client } = await connect();
  const runtimes = await terminal.during("Asking the server", () => listRuntimes(client, signal));
  terminal.result({ runtimes }, () => {
    const { style } = terminal;
    const head = ["NAME", "VERSION", "FROM", "STATE", "FUNCTIONS"].map((it) => style.dim(it));
    const rows = runtimes.map((it) => {
      const { Name: name, Version: version, Origin: origin, Functions: functions, Runtimes: by } = it;
      const uses = functions === 0 ? "0" : `${functions} (${by.join(", ")})`;
      return [style.bold(name), version ?? "", origin, stateOf(it, style), uses];
    });
    return table([head, ...rows]);
  });
}

function stateOf({ State: state, Problem: problem }: RuntimeState, style: Style): string {
  if (state === "Installed") return style.green("installed");
  if (state === "Fetching") return style.yellow("being fetched");
  return problem === "" ? "fetched when it is needed" : style.red(`not there: ${problem}`);
}

async function installAll(asked: readonly string[], { terminal, connect, signal }: Session): Promise<void> {
  const { client } = await connect();
  const known = await listRuntimes(client, signal);
  const unknown = asked.find((name) => !known.some(({ Name }) => Name === name));
  if (unknown !== undefined) {
    throw usage(`There is no runtime ${unknown}. There are: ${known.map(({ Name }) => Name).join(", ")}.`);
  }
  const fetched = known.filter(({ State, Origin }) => State === "Installed" || Origin !== "this host"); // its owner installs the others
  const wanted = asked.length === 0 ? fetched.map(({ Name }) => Name) : asked;
  const installed: RuntimeState[] = [];
  for (const name of wanted) {
    installed.push(await terminal.during(`Fetching ${name}`, () => installOne(client, name, signal)));
  }
  terminal.result({ runtimes: installed }, () =>
    installed.map(({ Name, Version }) => `${terminal.style.green("✔")} ${Name} ${Version ?? ""}`.trimEnd()).join("\n"),
  );
}

const lookEveryMs = 200;

/** Resolves when it is installed. */
async function installOne(client: GustClient, name: string, signal: AbortSignal): Promise<RuntimeState> {
  await installRuntime(client, name, signal);
  for (;;) {
    const found = (await listRuntimes(client, signal)).find(({ Name }) => Name === name);
    if (found?.State === "Installed") return found;
    if (found?.State !== "Fetching") {
      throw failed(`${name} could not be installed: ${found?.Problem ?? "the server knows it no more"}`);
    }
    await delay(lookEveryMs, undefined, { signal });
  }
}
