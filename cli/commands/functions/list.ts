import type { Command } from "commander";
import type { Function as FunctionSummary, GustClient } from "../../../sdk/src/index.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import { localTime, table } from "../../terminal/table.ts";

interface ListOptions extends CommonOptions {
  readonly namespace?: string;
}

const pageSize = 100;

export function addList(program: Command, signal: AbortSignal): void {
  const command = newCommand("list", "Lists the functions", ["list", "list --namespace staging", "list --json"]);
  command.option("-n, --namespace <name>", "only this namespace").action(async (options: ListOptions) => {
    const { terminal, connect } = newSession(options, signal);
    const { client } = await connect();
    const functions = await terminal.during("Reading the functions", () =>
      options.namespace === undefined
        ? listAllFunctions(client, signal)
        : listFunctions(client, options.namespace, signal),
    );
    terminal.result({ functions }, () => {
      if (functions.length === 0) return "No functions yet. `gust init` makes one, `gust deploy` brings it up.";
      const head = ["NAMESPACE", "NAME", "TYPE", "RUNTIME", "STATUS", "CHANGED"].map((it) => terminal.style.dim(it));
      const rows = functions.map((it) => [
        it.Namespace,
        terminal.style.bold(it.FunctionName),
        it.Type,
        it.Runtime,
        it.Status === "Active" ? terminal.style.green(it.Status) : terminal.style.yellow(it.Status),
        localTime(it.ModTime),
      ]);
      return table([head, ...rows]);
    });
  });
  program.addCommand(command);
}

/** The functions of all namespaces. */
export async function listAllFunctions(client: GustClient, signal: AbortSignal): Promise<FunctionSummary[]> {
  const { Namespaces: namespaces } = await client.request("ListNamespaces", { Limit: pageSize }, { signal });
  const lists = await Promise.all(namespaces.map(({ Name: name }) => listFunctions(client, name, signal)));
  return lists.flat();
}

/** The functions of a namespace, page by page. */
async function listFunctions(client: GustClient, namespace: string, signal: AbortSignal): Promise<FunctionSummary[]> {
  const functions: FunctionSummary[] = [];
  for (;;) {
    const page = {
      Namespace: namespace,
      Offset: functions.length,
      Limit: pageSize,
      Orderby: "FunctionName",
      Order: "ASC",
    };
    const { Functions: found, TotalCount: total } = await client.request("ListFunctions", page, { signal });
    functions.push(...found);
    if (found.length === 0 || functions.length >= total) return functions;
  }
}
