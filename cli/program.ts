import { Command } from "commander";
import { addApi } from "./commands/account/api.ts";
import { addLogin } from "./commands/account/login.ts";
import { addVersion, version } from "./commands/account/version.ts";
import { addCertificate } from "./commands/domains/certificate.ts";
import { addDomain } from "./commands/domains/domain.ts";
import { addDelete } from "./commands/functions/delete.ts";
import { addInfo } from "./commands/functions/info.ts";
import { addInvoke } from "./commands/functions/invoke.ts";
import { addList } from "./commands/functions/list.ts";
import { addLogs } from "./commands/functions/logs.ts";
import { addUrl } from "./commands/functions/url.ts";
import { addDeploy } from "./commands/project/deploy.ts";
import { addDev } from "./commands/project/dev.ts";
import { addInit } from "./commands/project/init.ts";
import { addDoctor } from "./commands/server/doctor.ts";
import { addDown } from "./commands/server/down.ts";
import { addRuntime } from "./commands/server/runtime.ts";
import { addStatus } from "./commands/server/status.ts";
import { addTrust } from "./commands/server/trust.ts";
import { addUp } from "./commands/server/up.ts";

const exitCodeHelp = `
Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 no running Gust, 4 no such function, domain or certificate, 5 the function failed,
6 no containers (doctor), 130 interrupted.

Examples:
  $ gust up                                  start everything on this machine
  $ gust init http my-api && cd my-api       a new function
  $ gust deploy                              bring it up
  $ gust dev                                 the same at every save, with its logs
  $ gust invoke hello -d '{"name":"Ada"}'    call a function`;

/** The whole command line. Commands throw; `main.ts` turns that into an exit code. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command("gust")
    .description("Event functions, HTTP functions and HTTP services on your own machines.")
    .version(version(), "-V, --version")
    .helpCommand(true)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText("after", exitCodeHelp);
  const serverCommands = [addUp, addStatus, addDown, addDoctor, addRuntime, addTrust];
  const projectCommands = [addInit, addDeploy, addDev];
  const functionCommands = [addInvoke, addLogs, addList, addInfo, addUrl, addDelete];
  const domainCommands = [addDomain, addCertificate];
  const add = [
    serverCommands,
    projectCommands,
    functionCommands,
    domainCommands,
    [addApi, addLogin, addVersion],
  ].flat();
  for (const addCommand of add) addCommand(program, signal);
  throwInsteadOfExiting(program);
  return program;
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride();
  command.configureOutput({ outputError: () => undefined }); // explain.ts says it, in JSON where that is wanted
  for (const child of command.commands) throwInsteadOfExiting(child);
}
