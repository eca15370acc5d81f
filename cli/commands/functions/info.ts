import type { Command } from "commander";
import { addressesOf } from "../../deployment/addresses.ts";
import { functionOrigins } from "../../installation/hosts.ts";
import { listRuntimes, withVersion } from "../../installation/runtimes.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import { table } from "../../terminal/table.ts";
import { functionRows } from "./function-rows.ts";

interface InfoOptions extends CommonOptions {
  readonly namespace: string;
  readonly qualifier?: string;
}

export function addInfo(program: Command, signal: AbortSignal): void {
  const command = newCommand("info", "Says all about a function: where it answers, settings, versions, problems", [
    "info hello",
    "info hello --json",
  ]);
  command
    .argument("<name>", "name of the function")
    .option("-n, --namespace <name>", "namespace of the function", "default")
    .option("-q, --qualifier <version>", "this version or alias")
    .action((name: string, options: InfoOptions) => sayInfo(name, options, signal));
  program.addCommand(command);
}

async function sayInfo(name: string, options: InfoOptions, signal: AbortSignal): Promise<void> {
  const { terminal, connect, gust } = newSession(options, signal);
  const installation = await connect();
  const { client } = installation;
  const target = { FunctionName: name, Namespace: options.namespace };
  const [found, { Versions: versions }, { Aliases: aliases }, runtimes, origins] = await terminal.during(
    `Reading ${name}`,
    () =>
      Promise.all([
        client.request("GetFunction", { ...target, Qualifier: options.qualifier }, { signal }),
        client.request("ListVersionByFunction", { ...target, Limit: 100 }, { signal }),
        client.request("ListAliases", target, { signal }),
        listRuntimes(client, signal),
        functionOrigins(installation, signal),
      ]),
  );
  const addresses = addressesOf(found, origins, gust);
  const around = {
    addresses,
    aliases,
    versions: versions.map(({ Version: version }) => version),
    runtime: withVersion(found.Runtime, runtimes),
  };
  terminal.result({ function: found, addresses, versions, aliases }, () => {
    const { style } = terminal;
    const title = `${style.bold(`${found.Namespace}/${found.FunctionName}`)} ${found.Description}`.trimEnd();
    const rows = functionRows(found, around, style);
    return `${title}\n${table(rows.map(([label, text]) => [`  ${style.dim(label)}`, text]))}`;
  });
}
