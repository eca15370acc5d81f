import type { Command } from "commander";
import type { StatusReason } from "../../../sdk/src/index.ts";
import { addressesOf } from "../../deployment/addresses.ts";
import { notesOf, problemsOf } from "../../deployment/status-notes.ts";
import { listRuntimes, withVersion } from "../../installation/runtimes.ts";
import { withOwnPaths } from "../../own-paths.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import type { Style } from "../../terminal/style.ts";
import { localTime, size, table } from "../../terminal/table.ts";

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
    .action(async (name: string, options: InfoOptions) => {
      const { terminal, connect, gust } = newSession(options, signal);
      const { client, endpoint } = await connect();
      const target = { FunctionName: name, Namespace: options.namespace };
      const [found, versions, aliases, runtimes] = await terminal.during(`Reading ${name}`, () =>
        Promise.all([
          client.request("GetFunction", { ...target, Qualifier: options.qualifier }, { signal }),
          client.request("ListVersionByFunction", { ...target, Limit: 100 }, { signal }),
          client.request("ListAliases", target, { signal }),
          listRuntimes(client, signal),
        ]),
      );
      const addresses = addressesOf(found, endpoint, gust);
      const { style } = terminal;
      const value = { function: found, addresses, versions: versions.Versions, aliases: aliases.Aliases };
      terminal.result(value, () => {
        const variables = (found.Environment.Variables ?? []).map(({ Key, Value }) => `${Key}=${Value ?? ""}`);
        const aliasTexts = aliases.Aliases.map((alias) => `${alias.Name} → ${alias.FunctionVersion}`);
        const rows = [
          ["status", found.Status === "Active" ? style.green(found.Status) : style.yellow(found.Status)],
          ...notesOf(found).map((reason) => ["note", reason.ErrorMessage]),
          ...problemsOf(found).flatMap((reason) => problemRows(reason, style)),
          ["form", addresses.form],
          ...(addresses.url === null ? [] : [["url", addresses.url]]),
          ...(addresses.domainUrl === null ? [] : [["domain", addresses.domainUrl]]),
          ["try", addresses.tryIt],
          ["handler", found.Handler === "" ? "scf_bootstrap" : found.Handler],
          ["runtime", withVersion(found.Runtime, runtimes)],
          ["limits", limitsOf(found, addresses.form)],
          ["code", size(found.CodeSize)],
          ...(variables.length === 0 ? [] : [["environment", variables.join(" ")]]),
          ["versions", versions.Versions.map(({ Version: version }) => version).join(", ")],
          ...(aliasTexts.length === 0 ? [] : [["aliases", aliasTexts.join(", ")]]),
          ["changed", localTime(found.ModTime)],
        ];
        const title = `${style.bold(`${found.Namespace}/${found.FunctionName}`)} ${found.Description}`.trimEnd();
        return `${title}\n${table(rows.map(([label = "", text = ""]) => [`  ${style.dim(label)}`, text]))}`;
      });
    });
  program.addCommand(command);
}

/** A problem often ends with what a service printed: those lines stand below. */
function problemRows(reason: StatusReason, style: Style): string[][] {
  const [first = "", ...more] = withOwnPaths(reason.ErrorMessage).trimEnd().split("\n");
  return [["problem", style.red(`${first} (${reason.ErrorCode})`)], ...more.map((line) => ["", style.red(line)])];
}

/** A service has no time limit. */
function limitsOf(
  found: { readonly MemorySize: number; readonly Timeout: number; readonly InitTimeout: number },
  form: string,
): string {
  const run = form.includes("service") ? "" : `, ${found.Timeout} s`;
  return `${found.MemorySize} MB${run}, start within ${found.InitTimeout} s`;
}
