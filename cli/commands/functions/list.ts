import type { Command } from "commander";
import type { Function as FunctionSummary, GustClient } from "../../../sdk/src/index.ts";
import { formOf, formOfSummary, type FunctionForm } from "../../deployment/function-form.ts";
import { findFunction } from "../../deployment/function-state.ts";
import { listRuntimes, withVersion } from "../../installation/runtimes.ts";
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
    const [functions, runtimes] = await terminal.during("Reading the functions", async () => {
      const { namespace } = options;
      const listed = await (namespace === undefined
        ? listAllFunctions(client, signal)
        : listFunctions(client, namespace, signal));
      return Promise.all([withForms(listed, client, signal), listRuntimes(client, signal)]);
    });
    terminal.result({ functions }, () => {
      if (functions.length === 0) return "No functions yet. `gust init` makes one, `gust deploy` brings it up.";
      const head = ["NAMESPACE", "NAME", "FORM", "RUNTIME", "STATUS", "CHANGED"].map((it) => terminal.style.dim(it));
      const rows = functions.map((it) => [
        it.Namespace,
        terminal.style.bold(it.FunctionName),
        it.form,
        withVersion(it.Runtime, runtimes),
        it.Status === "Active" ? terminal.style.green(it.Status) : terminal.style.yellow(it.Status),
        localTime(it.ModTime),
      ]);
      return table([head, ...rows]);
    });
  });
  program.addCommand(command);
}

type ListedFunction = FunctionSummary & { readonly form: FunctionForm };

/** How many functions are asked for their handler at a time. */
const askedAtOnce = 8;

/** Entries of ListFunctions with their form. A list does not say what starts an HTTP function: those are asked for. */
async function withForms(
  listed: readonly FunctionSummary[],
  client: GustClient,
  signal: AbortSignal,
): Promise<ListedFunction[]> {
  const known: ListedFunction[] = [];
  for (let at = 0; at < listed.length; at += askedAtOnce) {
    const some = listed.slice(at, at + askedAtOnce);
    const asked = await Promise.all(some.map((entry) => withForm(entry, client, signal)));
    known.push(...asked.filter((it) => it !== null));
  }
  return known;
}

/** Null: it was deleted meanwhile. */
async function withForm(
  entry: FunctionSummary,
  client: GustClient,
  signal: AbortSignal,
): Promise<ListedFunction | null> {
  const form = formOfSummary(entry);
  if (form !== null) return { ...entry, form };
  const found = await findFunction(client, { namespace: entry.Namespace, name: entry.FunctionName }, signal);
  return found === null ? null : { ...entry, form: formOf(found) };
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
