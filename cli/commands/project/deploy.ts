import path from "node:path";
import type { Command } from "commander";
import { addressesOf, type Addresses } from "../../deployment/addresses.ts";
import { answeringVersion } from "../../deployment/answering-version.ts";
import { deployFunction, type Deployed } from "../../deployment/deploy-function.ts";
import { deployTriggers, type DeployedTriggers } from "../../deployment/deploy-triggers.ts";
import { notesOf } from "../../deployment/status-notes.ts";
import { startProblem } from "../../deployment/try-function.ts";
import { CommandFailure, failed } from "../../failure.ts";
import { explain } from "../../explain.ts";
import type { Installation } from "../../installation/connect.ts";
import { functionOrigins, warnWhereNothingRuns } from "../../installation/hosts.ts";
import { loadProject } from "../../project/load-project.ts";
import { offerTemplate } from "../../project/offer-template.ts";
import type { ProjectFunction } from "../../project/project.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { size } from "../../terminal/table.ts";
import { entryFiles, syntaxProblems } from "./check-syntax.ts";

interface DeployOptions extends CommonOptions {
  readonly name?: string;
  readonly write?: boolean;
  readonly installDependency?: boolean;
}

export function addDeploy(program: Command, signal: AbortSignal): void {
  const command = newCommand("deploy", "Packs a directory, uploads what changed, and waits until it answers", [
    "deploy",
    "deploy ./hello --name greeter",
    "deploy ./hello --write      also writes template.yaml for it",
  ]);
  command
    .argument("[dir]", "directory of the function or project", ".")
    .option("--name <name>", "name of the function; of several in template.yaml, the one to deploy")
    .option("--install-dependency", "have the server install package.json or requirements.txt, in a sandbox")
    .option("--write", "write template.yaml for a directory that has none")
    .action(async (directory: string, options: DeployOptions) => {
      const session = newSession(options, signal);
      const { terminal } = session;
      const project = await loadProject(path.resolve(directory), options.name, {
        installsDependencies: options.installDependency === true,
      });
      if (project.recognised !== null) terminal.note(project.recognised);
      for (const warning of project.warnings) terminal.warn(warning);
      const installation = await session.connect();
      await warnWhereNothingRuns(installation, session);
      await offerTemplate(project, { terminal, signal, write: options.write === true });
      await deployAll(project.functions, installation, session);
    });
  program.addCommand(command);
}

/** One after the other; one that fails does not keep the others from being deployed. */
async function deployAll(
  functions: readonly ProjectFunction[],
  installation: Installation,
  session: Session,
): Promise<void> {
  const { terminal, signal } = session;
  const deployed: unknown[] = [];
  let failures = 0;
  for (const wanted of functions) {
    try {
      deployed.push(await deployAndSay(wanted, installation, session));
    } catch (error) {
      if (signal.aborted || functions.length === 1) throw error;
      failures++;
      terminal.failure(withName(wanted.name, explain(error)));
    }
  }
  if (terminal.isJson) terminal.result({ functions: deployed }, () => "");
  if (failures > 0) throw failed(`${failures} of ${functions.length} functions could not be deployed.`);
}

/** Of several functions, a reader has to know which one a message is about. */
function withName(name: string, failure: CommandFailure): CommandFailure {
  const { message, exitCode, details } = failure;
  return message.startsWith(`${name} `) ? failure : new CommandFailure(exitCode, `${name}: ${message}`, details);
}

async function deployAndSay(wanted: ProjectFunction, installation: Installation, session: Session): Promise<unknown> {
  const { terminal, signal, gust } = session;
  const { client } = installation;
  const [syntaxError] = await syntaxProblems(entryFiles(wanted), signal);
  if (syntaxError !== undefined) {
    throw failed(
      `${wanted.name} does not parse, so it was not deployed; what was deployed before stays:\n${syntaxError}`,
    );
  }
  const deployed = await deployFunction(wanted, { client, terminal, signal, warn: (it) => terminal.warn(it) });
  const addresses = addressesOf(deployed.function, await functionOrigins(installation, signal), gust);
  terminal.text(sayDeployed(wanted, deployed, addresses, session));
  const problem = await startProblem(deployed, { client, terminal, signal });
  if (problem !== null) terminal.warn(problem);
  const other = await answeringVersion(deployed, { client, signal, gust });
  if (other !== null) terminal.warn(other);
  const triggers = await deployTriggers(wanted, { client, signal });
  const said = sayTriggers(triggers, session);
  if (said !== "") terminal.text(said);
  const { namespace, name } = wanted;
  return { namespace, name, outcome: deployed.outcome, changes: deployed.changes, ...addresses, ...triggers };
}

function sayTriggers({ triggers, leftAlone }: DeployedTriggers, { terminal: { style } }: Session): string {
  const rows = triggers.map(({ name, outcome, url, isOpen }) => {
    const state = isOpen || url === null ? outcome : `${outcome}, closed`;
    return `  trigger ${name}  ${state}${url === null ? "" : `  ${style.cyan(url)}`}`;
  });
  if (leftAlone.length > 0) {
    rows.push(style.dim(`  left alone, as the project does not name them: trigger ${leftAlone.join(", ")}`));
  }
  return rows.join("\n");
}

function sayDeployed(
  { name, namespace }: ProjectFunction,
  { outcome, changes, codeSize, function: found }: Deployed,
  { form, tryIt, ...addresses }: Addresses,
  { terminal: { style } }: Session,
): string {
  const what = changes.includes("code") ? `${changes.join(" and ")}, ${size(codeSize)}` : changes.join(" and ");
  const full = namespace === "default" ? name : `${namespace}/${name}`;
  return [
    `${style.green("✔")} ${style.bold(full)}  ${form}, ${outcome}${what === "" ? "" : ` (${what})`}`,
    ...notesOf(found).map(({ ErrorMessage: message }) => `  ${style.dim(message)}`),
    ...[addresses.url, addresses.domainUrl, addresses.tlsUrl].flatMap((url) =>
      url === null ? [] : [`  ${style.cyan(url)}`],
    ),
    `  ${style.dim("$")} ${tryIt}`,
  ].join("\n");
}
