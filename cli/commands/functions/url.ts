import type { Command } from "commander";
import { functionUrlOf } from "../../deployment/function-url.ts";
import { failed, type CommandFailure } from "../../failure.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";

interface UrlOptions extends CommonOptions {
  readonly namespace: string;
  readonly qualifier: string;
  readonly auth?: string;
}

export function addUrl(program: Command, signal: AbortSignal): void {
  const command = newCommand("url", "Shows the function URL of a version or alias, and makes it where there is none", [
    "url hello",
    "url hello --auth CAM",
    "url hello --json",
  ]);
  command
    .argument("<name>", "name of the function")
    .option("-n, --namespace <name>", "namespace of the function", "default")
    .option("-q, --qualifier <version>", "this version or alias", "$DEFAULT")
    .option("--auth <type>", "NONE: anybody may call it (a new one); CAM: signed requests alone")
    .action((name: string, options: UrlOptions) => sayUrl(name, options, signal));
  program.addCommand(command);
}

async function sayUrl(name: string, options: UrlOptions, signal: AbortSignal): Promise<void> {
  const { terminal, connect } = newSession(options, signal);
  const { client } = await connect();
  const { namespace, qualifier, auth } = options;
  const target = { FunctionName: name, Namespace: namespace };
  const change = auth === undefined ? {} : { TriggerDesc: JSON.stringify({ AuthType: auth.toUpperCase() }) };
  const find = async () => {
    const { Triggers: triggers } = await client.request("ListTriggers", { ...target, Limit: 1_000 }, { signal });
    return triggers.find((one) => one.Type === "http" && one.Qualifier === qualifier);
  };
  const { trigger, isNew } = await terminal.during(`Reading the URL of ${name}`, async () => {
    const before = await find();
    const key = {
      ...target,
      TriggerName: before?.TriggerName ?? newName(qualifier),
      Type: "http",
      Qualifier: qualifier,
    };
    if (before === undefined) await client.request("CreateTrigger", { ...key, ...change }, { signal });
    else if (auth !== undefined) await client.request("UpdateTrigger", { ...key, ...change }, { signal });
    return { trigger: await find(), isNew: before === undefined };
  });
  if (trigger === undefined) throw deletedMeanwhile(name);
  const { url, authType, notes } = functionUrlOf(trigger);
  terminal.result({ url, isNew, isOpen: trigger.Enable === 1, authType, trigger }, () => {
    const said = [...(isNew ? ["new"] : []), ...notes].join(", ");
    return said === "" ? url : `${url}  ${terminal.style.dim(said)}`;
  });
}

/** Names of triggers have no "$". */
function newName(qualifier: string): string {
  return `url-${qualifier.replace("$", "").toLowerCase()}`;
}

function deletedMeanwhile(name: string): CommandFailure {
  return failed(`The URL of ${name} was deleted at the same time; try again.`);
}
