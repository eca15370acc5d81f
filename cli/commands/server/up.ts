import { InvalidArgumentError, Option, type Command } from "commander";
import { CommandFailure, exitCodes, usage } from "../../failure.ts";
import { connect } from "../../installation/connect.ts";
import { readStatus, sayWhereFunctionsAnswer } from "../../installation/hosts.ts";
import { runningServer, type ServerRecord } from "../../installation/server-record.ts";
import { deployExamples, renderExamples, type DeployedExample } from "../../server/examples.ts";
import { offerPackages } from "../../server/offer-packages.ts";
import { ServerEnded, ServerProcess } from "../../server/server-process.ts";
import { calledAs, newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";

interface UpOptions extends CommonOptions {
  readonly port?: string;
  readonly host?: string;
  readonly examples: boolean;
  readonly detach?: boolean;
  readonly sandbox?: string;
  readonly roles?: string;
  readonly yes?: boolean;
}

export function addUp(program: Command, signal: AbortSignal): void {
  const command = newCommand("up", "Starts the platform on this machine and deploys the examples; Ctrl-C stops it", [
    "up",
    "up --port 8080 --host 0.0.0.0",
    "up --detach && gust status && gust down",
    "up --data ./playground --port 4900 --no-examples",
  ]);
  command
    .option("--port <number>", "port to listen on, 0 for a free one; 4878 unless GUST_PORT says otherwise", parsePort)
    .option("--host <address>", "address to listen on; 127.0.0.1 unless GUST_HOST says otherwise")
    .option("--no-examples", "do not deploy the examples")
    .option("--detach", "return when it runs; `gust down` stops it")
    .addOption(new Option("--sandbox <driver>", "how functions are separated").choices(["auto", "oci", "process"]))
    .option(
      "--roles <list>",
      "what this process does: control, data or all, which it is unless GUST_ROLES says otherwise",
      parseRoles,
    )
    .option("--yes", "install what containers lack without asking (root, Debian); so it is where nobody can be asked")
    .action(async (options: UpOptions) => {
      const session = newSession(options, signal);
      if (options.endpoint !== undefined || options.profile !== undefined) {
        throw usage("gust up starts an installation on this machine; name it with --data.");
      }
      const running = await runningServer(session.dataDirectory);
      if (running !== null) return sayRunning(running, options, session);
      await offerPackages({ sandbox: options.sandbox, yes: options.yes === true }, session);
      await start(options, session);
    });
  program.addCommand(command);
}

function parsePort(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError("Expected 0–65535");
}

function parseRoles(text: string): string {
  const isKnown = text.split(",").every((role) => ["control", "data"].includes(role.trim()));
  if (isKnown || text.trim() === "all") return text;
  throw new InvalidArgumentError("--roles takes control, data or all");
}

/** Fine when it runs as it was asked for; otherwise a failure that says how to change it. */
async function sayRunning(running: ServerRecord, options: UpOptions, session: Session): Promise<void> {
  const { gust, dataDirectory } = session;
  const says = `Gust runs already at ${running.url} (process ${running.pid}, data ${dataDirectory})`;
  const others = [...differences(running, withVariables(options, process.env)), ...otherSettings(running, process.env)];
  if (others.length > 0) {
    const change = `To change it, stop it first (${gust("down")}), or start another with --data DIR`;
    throw usage(`${says}, ${others.join(" and ")}. ${change}.`);
  }
  const wantsExamples = options.examples && running.roles.length > 1;
  const examples = wantsExamples ? await deployExamples(await connectTo(session), session) : [];
  sayReady(running, examples, session, `${says}.`);
  await sayElsewhere(running, session);
}

/** Where an option is not given, its variable counts. */
function withVariables(options: UpOptions, environment: NodeJS.ProcessEnv): UpOptions {
  const { GUST_PORT: port, GUST_HOST: host, GUST_SANDBOX: sandbox, GUST_ROLES: roles } = environment;
  return {
    ...(port ? { port } : {}),
    ...(host ? { host } : {}),
    ...(sandbox ? { sandbox } : {}),
    ...(roles ? { roles } : {}),
    ...options,
  };
}

/** What a running server does otherwise than it is asked for now. */
function* differences({ url, host, port, roles, isIsolated }: ServerRecord, wanted: UpOptions): Iterable<string> {
  if (wanted.port !== undefined && ![0, port].includes(Number(wanted.port))) {
    yield `on port ${port} and not on ${wanted.port}`;
  }
  const bound = host ?? new URL(url).hostname;
  if (wanted.host !== undefined && wanted.host !== bound) yield `at ${bound} and not at ${wanted.host}`;
  if (wanted.roles !== undefined && rolesIn(wanted.roles) !== roles.toSorted().join(",")) {
    yield `with --roles ${roles.join(",")} and not ${wanted.roles}`;
  }
  if (wanted.sandbox === undefined || wanted.sandbox === "auto") return;
  const driver = isIsolated ? "oci" : "process";
  if (wanted.sandbox !== driver) yield `with --sandbox ${driver} and not ${wanted.sandbox}`;
}

function rolesIn(text: string): string {
  const roles = text === "all" ? ["control", "data"] : text.split(",").map((role) => role.trim());
  return roles.toSorted().join(",");
}

/** Variables that an option stands for; `--data` named this server. */
const optionVariables = new Set(["GUST_DATA", "GUST_PORT", "GUST_HOST", "GUST_SANDBOX", "GUST_ROLES"]);

/** Settings that the environment now has otherwise than the server was started with. */
function* otherSettings({ settings }: ServerRecord, environment: NodeJS.ProcessEnv): Iterable<string> {
  for (const [variable, inForce] of Object.entries(settings)) {
    const wanted = environment[variable] ?? "";
    if (wanted === "" || wanted === inForce || optionVariables.has(variable)) continue;
    yield inForce === "" ? `without ${variable}=${wanted}` : `with ${variable}=${inForce} and not ${wanted}`;
  }
}

function connectTo({ dataDirectory }: Session) {
  return connect({ data: dataDirectory });
}

async function start(options: UpOptions, session: Session): Promise<void> {
  const { dataDirectory, terminal, gust } = session;
  const isDetached = options.detach === true;
  const server = ServerProcess.start({ dataDirectory, variables: variablesOf(options), detached: isDetached });
  using forwarding = new SignalForwarding(server, session.signal);
  const starting = { ...session, signal: forwarding.interrupted };
  let record: ServerRecord;
  try {
    record = await ready(server, starting, isDetached);
    const wantsExamples = options.examples && record.roles.length > 1; // one of several processes is not for trying things out
    const examples = wantsExamples ? await deployExamples(await connectTo(session), starting) : [];
    sayReady(record, examples, session, `Gust ${record.version} answers at ${record.url}`);
    await sayElsewhere(record, starting);
  } catch (error) {
    if (!forwarding.interrupted.aborted) server.signal("SIGTERM");
    const code = await server.exited; // what was started is stopped before the command ends
    // The server has told a person why; a program reads our JSON.
    if (error instanceof ServerEnded && !terminal.isJson) process.exit(code === 0 ? exitCodes.failed : code);
    throw error;
  }
  if (isDetached && !record.isIsolated) {
    const seen = `${gust("status")} says what is not fenced off`;
    terminal.note(
      terminal.noteStyle.yellow(`Functions are not isolated from this machine: run only code you trust (${seen}).`),
    );
  }
  if (isDetached) {
    terminal.note(`It goes on by itself: log ${server.logFile ?? ""}, stop with ${gust("down")}`);
    server.release();
    return;
  }
  terminal.note(terminal.noteStyle.dim("Ctrl-C stops it; functions and data stay."));
  process.exitCode = await server.exited;
}

function variablesOf({ port, host, sandbox, roles }: UpOptions): Record<string, string> {
  return {
    ...(port === undefined ? {} : { GUST_PORT: port }),
    ...(host === undefined ? {} : { GUST_HOST: host }),
    ...(sandbox === undefined ? {} : { GUST_SANDBOX: sandbox }),
    ...(roles === undefined ? {} : { GUST_ROLES: roles }),
  };
}

async function ready(server: ServerProcess, session: Session, isDetached: boolean): Promise<ServerRecord> {
  const { terminal, dataDirectory, signal } = session;
  // In the foreground the server's own log shows what goes on.
  if (!isDetached) {
    terminal.share();
    terminal.note(terminal.noteStyle.dim(`Starting with data in ${dataDirectory} …`));
    return server.untilReady(signal);
  }
  return terminal.during(`Starting with data in ${dataDirectory}`, () => server.untilReady(signal));
}

/**
 * Hands every signal on to the server: the first stops it in order, the second at once. `run.ts` would end this
 * command at the second one, so its listeners wait until the server is gone.
 */
class SignalForwarding implements Disposable {
  readonly #server: ServerProcess;
  readonly #before: (readonly [NodeJS.Signals, readonly NodeJS.SignalsListener[]])[] = [];
  readonly #interrupt = new AbortController();

  constructor(server: ServerProcess, signal: AbortSignal) {
    this.#server = server;
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const listeners = process.listeners(name) as NodeJS.SignalsListener[]; // typed for this name alone
      this.#before.push([name, listeners]);
      process.removeAllListeners(name);
      process.on(name, this.#forward);
    }
    if (signal.aborted) this.#forward("SIGTERM");
  }

  /** Aborted by the first signal. */
  get interrupted(): AbortSignal {
    return this.#interrupt.signal;
  }

  readonly #forward = (name: NodeJS.Signals): void => {
    this.#interrupt.abort(new CommandFailure(exitCodes.interrupted, "Interrupted."));
    this.#server.signal(name === "SIGHUP" ? "SIGTERM" : name);
  };

  [Symbol.dispose](): void {
    for (const [name, listeners] of this.#before) {
      process.removeListener(name, this.#forward);
      for (const listener of listeners) process.on(name, listener);
    }
  }
}

/** Functions do not answer at a process with the role control alone. */
async function sayElsewhere({ roles }: ServerRecord, session: Session): Promise<void> {
  if (roles.includes("data")) return;
  const { client } = await connectTo(session);
  const { hosts } = await readStatus(client, session.signal);
  session.terminal.note(sayWhereFunctionsAnswer(hosts, calledAs(process.env)));
}

function sayReady(record: ServerRecord, examples: DeployedExample[], session: Session, sentence: string): void {
  const { terminal, dataDirectory } = session;
  const { url, tlsUrl, pid, port, version } = record;
  terminal.result({ url, tlsUrl: tlsUrl ?? null, pid, port, version, dataDirectory, examples }, () => {
    const list = examples.length === 0 ? "" : `\n${renderExamples(examples, session)}\n`;
    const withTls = tlsUrl === undefined ? "" : `  With TLS: ${tlsUrl} (trusted after: ${session.gust("trust")})\n`;
    return `\n${terminal.style.green("✔")} ${terminal.style.bold(sentence)}\n${withTls}${list}`;
  });
}
