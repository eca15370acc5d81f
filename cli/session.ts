import { Command } from "commander";
import { connect, type Installation, type InstallationOptions } from "./installation/connect.ts";
import { dataDirectoryOf } from "./installation/data-directory.ts";
import { Terminal } from "./terminal/terminal.ts";

/** Options that every command has. */
export interface CommonOptions extends InstallationOptions {
  readonly json?: boolean;
}

/** What a command works with while it runs. */
export interface Session {
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly dataDirectory: string;
  /** The installation that the options name. */
  connect(): Promise<Installation>;
  /** A command as a person types it, with the options that name this installation: a line to copy. */
  gust(command: string): string;
}

/** A command with the options that all have, and examples below its help. */
export function newCommand(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ gust ${example}`).join("\n");
  return new Command(name)
    .description(summary)
    .option("--data <dir>", "installation of this machine, by its data directory (or GUST_DATA)")
    .option("--profile <name>", "installation of `gust login` (or GUST_PROFILE)")
    .option(
      "--endpoint <url>",
      "installation by its address; its key comes from `gust login` or TENCENTCLOUD_SECRET_ID/_KEY",
    )
    .option("--json", "one JSON document on standard output; errors as JSON on standard error")
    .addHelpText("after", `\nExamples:\n${lines}`);
}

export function newSession(options: CommonOptions, signal: AbortSignal): Session {
  return {
    terminal: new Terminal({ json: options.json === true }),
    signal,
    dataDirectory: dataDirectoryOf(options.data),
    connect: () => connect(options),
    gust: (command) => gustLine(command, options, process.env),
  };
}

function gustLine(command: string, { data, profile, endpoint }: CommonOptions, environment: NodeJS.ProcessEnv): string {
  const named = [
    ...(data === undefined ? [] : ["--data", data]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(endpoint === undefined ? [] : ["--endpoint", endpoint]),
  ];
  return [calledAs(environment), command, ...named.map(quoted)].join(" ");
}

/** How a person calls the command. */
export function calledAs(environment: NodeJS.ProcessEnv): string {
  return environment["GUST_COMMAND"] ?? "gust";
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
