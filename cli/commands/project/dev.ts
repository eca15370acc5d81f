import path from "node:path";
import type { Command } from "commander";
import { addressesOf } from "../../deployment/addresses.ts";
import { answeringVersion } from "../../deployment/answering-version.ts";
import { deployFunction } from "../../deployment/deploy-function.ts";
import { deployTriggers } from "../../deployment/deploy-triggers.ts";
import { startProblem } from "../../deployment/try-function.ts";
import { pause, type FunctionName } from "../../deployment/function-state.ts";
import { explain } from "../../explain.ts";
import { exitCodes } from "../../failure.ts";
import type { Installation } from "../../installation/connect.ts";
import { functionOrigins, warnWhereNothingRuns } from "../../installation/hosts.ts";
import { loadProject } from "../../project/load-project.ts";
import type { Project } from "../../project/project.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { duration } from "../../terminal/table.ts";
import { LogFollower } from "../functions/follow-logs.ts";
import { renderLog } from "../functions/render-log.ts";
import { entryFiles, syntaxProblems } from "./check-syntax.ts";
import { watchFiles } from "./watch-files.ts";

interface DevOptions extends CommonOptions {
  readonly name?: string;
}

export function addDev(program: Command, signal: AbortSignal): void {
  const command = newCommand("dev", "Deploys on every save and shows what the functions print; Ctrl-C ends it", [
    "dev",
    "dev ./my-api --name my-api-dev",
  ]);
  command
    .argument("[dir]", "directory of the function or project", ".")
    .option("--name <name>", "name of the function; of several in template.yaml, the one to work on")
    .action(async (directory: string, options: DevOptions) => {
      const session = newSession(options, signal);
      const development = new Development(path.resolve(directory), options.name, await session.connect(), session);
      await development.run();
    });
  program.addCommand(command);
}

const lookEveryMs = 300;

/** The loop of `gust dev`: nothing that is wrong in a user's files ends it. */
class Development {
  readonly #directory: string;
  readonly #name: string | undefined;
  readonly #installation: Installation;
  readonly #session: Session;
  readonly #followed = new Map<string, Promise<void>>();
  readonly #warned = new Set<string>();

  constructor(directory: string, name: string | undefined, installation: Installation, session: Session) {
    this.#directory = directory;
    this.#name = name;
    this.#installation = installation;
    this.#session = session;
  }

  async run(): Promise<void> {
    const { terminal, signal } = this.#session;
    const project = await loadProject(this.#directory, this.#name); // a directory that is none is no loop to begin
    if (project.recognised !== null) terminal.note(project.recognised);
    for (const warning of project.warnings) terminal.warn(warning);
    await warnWhereNothingRuns(this.#installation, this.#session);
    await using changes = await watchFiles([this.#directory, ...project.functions.map(({ code }) => code.path)]);
    const since = performance.now();
    const doesNotParse = await this.#tellSyntaxProblems(project.functions.flatMap(entryFiles));
    if (!doesNotParse) await this.#deploy(project, since, "first");
    terminal.note(
      terminal.noteStyle.dim(`Watching ${path.relative(process.cwd(), this.#directory) || "."}; Ctrl-C ends.`),
    );
    while (!signal.aborted) {
      const files = await changes.next(signal);
      await this.#redeploy(files, performance.now());
    }
  }

  async #redeploy(files: readonly string[], since: number): Promise<void> {
    if (await this.#tellSyntaxProblems(files)) {
      const { terminal } = this.#session;
      terminal.note(terminal.noteStyle.dim("The version before goes on answering."));
      return;
    }
    try {
      await this.#deploy(await loadProject(this.#directory, this.#name), since, "again");
    } catch (error) {
      this.#report(error);
    }
  }

  async #tellSyntaxProblems(files: readonly string[]): Promise<boolean> {
    const { terminal, signal } = this.#session;
    const problems = await syntaxProblems(files, signal);
    for (const problem of problems) terminal.note(terminal.noteStyle.red(problem));
    return problems.length > 0;
  }

  async #deploy(project: Project, since: number, round: "first" | "again"): Promise<void> {
    for (const wanted of project.functions) {
      try {
        await this.#deployOne(wanted, since, round);
      } catch (error) {
        this.#report(error);
      }
      this.#follow(wanted);
    }
  }

  async #deployOne(wanted: Project["functions"][number], since: number, round: "first" | "again"): Promise<void> {
    const { terminal, signal, gust } = this.#session;
    const { client } = this.#installation;
    const deployed = await deployFunction(wanted, { client, terminal, signal, warn: (it) => this.#warn(it) });
    const { triggers } = await deployTriggers(wanted, { client, signal });
    const news = triggers.filter(({ outcome }) => outcome !== "unchanged" || round === "first");
    if (deployed.outcome === "unchanged" && round === "again" && news.length === 0) return;
    const took = duration(performance.now() - since);
    const { form, url, tryIt } = addressesOf(
      deployed.function,
      await functionOrigins(this.#installation, signal),
      gust,
    );
    const { style } = terminal;
    const ms = Math.round(performance.now() - since);
    terminal.result({ name: wanted.name, outcome: deployed.outcome, ms, url, triggers: news }, () => {
      const said = news.map(
        ({ name, outcome, url: at }) => `\n  trigger ${name}  ${outcome}${at === null ? "" : `  ${at}`}`,
      );
      const line = `${style.green("✔")} ${style.bold(wanted.name)} ${deployed.outcome} in ${took}${said.join("")}`;
      return round === "again" && deployed.outcome !== "created"
        ? line
        : `${line}  ${form}\n  ${style.dim("$")} ${tryIt}`;
    });
    const problem = await startProblem(deployed, { client, terminal, signal });
    if (problem !== null) terminal.warn(problem);
    const other = await answeringVersion(deployed, { client, signal, gust });
    if (other !== null) this.#warn(other);
  }

  /** Once, not with every save. */
  #warn(sentence: string): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#session.terminal.warn(sentence);
  }

  /** Nothing is fatal but the end of the installation, which is said and waited out, and Ctrl-C. */
  #report(error: unknown): void {
    const failure = explain(this.#session.signal.aborted ? this.#session.signal.reason : error);
    if (failure.exitCode === exitCodes.interrupted) throw failure;
    this.#session.terminal.failure(failure);
  }

  #follow(target: FunctionName): void {
    const key = `${target.namespace}/${target.name}`;
    if (!this.#followed.has(key)) this.#followed.set(key, this.#showLogs(target));
  }

  /** Shows what comes from now on. A look that fails is repeated: the function may not be there yet. */
  async #showLogs(target: FunctionName): Promise<void> {
    const { terminal, signal } = this.#session;
    const follower = new LogFollower(this.#installation.client, target);
    let isFirst = true;
    while (!signal.aborted) {
      const entries = await follower.look(signal).catch(() => null);
      for (const entry of isFirst ? [] : (entries ?? [])) {
        terminal.result({ log: entry }, () => renderLog(entry, terminal.style));
      }
      if (entries !== null) isFirst = false;
      await pause(lookEveryMs, signal).catch(() => undefined); // interrupted: the loop ends
    }
  }
}
