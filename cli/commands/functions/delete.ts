import type { Command } from "commander";
import { failed } from "../../failure.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import { sayWhatLeads, whatLeadsTo } from "../domains/what-leads-to.ts";
import { askYesNo } from "../../terminal/questions.ts";

interface DeleteOptions extends CommonOptions {
  readonly namespace: string;
  readonly qualifier?: string;
  readonly yes?: boolean;
}

export function addDelete(program: Command, signal: AbortSignal): void {
  const command = newCommand("delete", "Deletes a function with its versions, or one version", [
    "delete hello",
    "delete hello --yes",
    "delete hello --qualifier 3",
  ]);
  command
    .argument("<name>", "name of the function")
    .option("-n, --namespace <name>", "namespace of the function", "default")
    .option("-q, --qualifier <version>", "only this version")
    .option("-y, --yes", "do not ask")
    .action(async (name: string, options: DeleteOptions) => {
      const { terminal, connect } = newSession(options, signal);
      const { namespace, qualifier } = options;
      const what = qualifier === undefined ? `${namespace}/${name}` : `version ${qualifier} of ${namespace}/${name}`;
      const { client } = await connect();
      const fields = { FunctionName: name, Namespace: namespace, Qualifier: qualifier };
      await client.request("GetFunction", fields, { signal }); // nobody is asked about what is not there
      const leads =
        qualifier === undefined
          ? await terminal.during(`Looking what leads to ${what}`, () =>
              whatLeadsTo({ namespace, name }, client, signal),
            )
          : null;
      const said = leads === null ? null : sayWhatLeads(leads, what);
      if (said !== null) terminal.warn(said);
      if (terminal.canAsk && options.yes !== true) {
        if (!(await askYesNo(`Delete ${what}?`, signal))) throw failed("Nothing was deleted.");
      }
      await terminal.during(`Deleting ${what}`, () => client.request("DeleteFunction", fields, { signal }));
      terminal.result({ deleted: { namespace, name, qualifier } }, () => `Deleted ${what}.`);
    });
  program.addCommand(command);
}
