import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { GustApiError, type GetFunctionResponse, type Result } from "../../../sdk/src/index.ts";
import { CommandFailure, exitCodes, usage } from "../../failure.ts";
import { parseJson, readInput } from "../../input.ts";
import type { Installation } from "../../installation/connect.ts";
import { functionOrigins } from "../../installation/hosts.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { logOfCall } from "./call-log.ts";
import { readFunctionError } from "./function-error.ts";
import { parseHeaders, requestFunction, type FunctionReply } from "./http-request.ts";

interface InvokeOptions extends CommonOptions {
  readonly namespace: string;
  readonly qualifier?: string;
  readonly payload?: string;
  readonly async?: boolean;
  readonly tail?: boolean;
  readonly request?: string;
  readonly path?: string;
  readonly header: readonly string[];
}

export function addInvoke(program: Command, signal: AbortSignal): void {
  const command = newCommand("invoke", "Calls a function: an event function with JSON, the others with a request", [
    `invoke hello -d '{"name":"Ada"}' --tail`,
    "invoke hello -d @event.json --async",
    "invoke hello -d - < event.json",
    "invoke my-api --path '/users?limit=3' -H 'Accept: application/json'",
    `invoke my-api -X POST -d '{"name":"Ada"}'`,
  ]);
  command
    .argument("<name>", "name of the function")
    .option("-d, --payload <json>", "event or body: text, @file, or - for standard input")
    .option("-n, --namespace <name>", "namespace of the function", "default")
    .option("-q, --qualifier <name>", "version or alias (event functions)")
    .option("--async", "leave the event to the platform and do not wait (event functions)")
    .option("--tail", "print the log of the call to standard error")
    .option("-X, --request <method>", "method (HTTP functions and services)")
    .option("--path <path>", "path and query, / when absent (HTTP functions and services)")
    .option("-H, --header <line>", "header, may be repeated (HTTP functions and services)", collect, [])
    .action(async (name: string, options: InvokeOptions) => {
      const session = newSession(options, signal);
      const installation = await session.connect();
      const input = options.payload === undefined ? null : await readInput(options.payload, signal);
      const call = { name, options, input, installation, session };
      if (isRequest(options) || !isJson(input ?? "{}") || !(await tryEvent(call))) await invokeByType(call);
    });
  program.addCommand(command);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  if (value.indexOf(":") <= 0) throw usage(`A header is written 'Name: value'; found ${JSON.stringify(value)}.`);
  return [...before, value];
}

interface Call {
  readonly name: string;
  readonly options: InvokeOptions;
  readonly input: string | null;
  readonly installation: Installation;
  readonly session: Session;
}

function isRequest({ request, path, header }: InvokeOptions): boolean {
  return request !== undefined || path !== undefined || header.length > 0;
}

/** Asks for no type first: event functions are called without the database of the server. False: it is not one. */
async function tryEvent(call: Call): Promise<boolean> {
  try {
    await invokeEvent(call);
    return true;
  } catch (error) {
    if (error instanceof GustApiError && error.code === "UnsupportedOperation") return false;
    throw error;
  }
}

async function invokeByType(call: Call): Promise<void> {
  const { name, options, input, installation, session } = call;
  const target = { FunctionName: name, Namespace: options.namespace };
  const found = await installation.client.request("GetFunction", target, { signal: session.signal });
  if (found.Type !== "Event") return invokeHttp(found, call);
  if (isRequest(options)) {
    throw usage(`-X, --path and -H make a request; ${name} is an event function: give it an event with -d.`);
  }
  parseJson(input ?? "{}");
  await invokeEvent(call);
}

async function invokeEvent({ name, options, input, installation: { client }, session }: Call): Promise<void> {
  const { terminal, signal, gust } = session;
  const isAsync = options.async === true;
  const fields = {
    FunctionName: name,
    Namespace: options.namespace,
    Qualifier: options.qualifier,
    ClientContext: input ?? "{}",
    InvocationType: isAsync ? "Event" : "RequestResponse",
    LogType: options.tail === true && !isAsync ? "Tail" : "None",
  };
  const { Result: result } = await terminal.during(`Calling ${name}`, () =>
    client.request("Invoke", fields, { signal }),
  );
  if (isAsync) {
    const id = result.FunctionRequestId;
    terminal.result(
      result,
      () => `Accepted as ${id}.\nIts log, when it has run: ${gust(`logs ${name} --request ${id}`)}`,
    );
    return;
  }
  if (options.tail === true) terminal.note(terminal.noteStyle.dim(result.Log.trimEnd()));
  if (result.InvokeResult !== 0) {
    if (terminal.isJson) terminal.result(result, () => "");
    throw functionFailure(name, result);
  }
  terminal.result(result, () => readable(result.RetMsg));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON with indentation when that helps; a text as it is. */
function readable(message: string): string {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "string" ? value : JSON.stringify(value, null, 2);
  } catch {
    return message;
  }
}

function functionFailure(name: string, result: Result): CommandFailure {
  const error = readFunctionError(result.RetMsg);
  const text = error?.text ?? (result.ErrMsg === "" ? result.RetMsg : result.ErrMsg);
  return new CommandFailure(exitCodes.functionFailed, `${name} failed: ${text}`, {
    code: error?.code ?? "",
    requestId: result.FunctionRequestId,
  });
}

async function invokeHttp(
  found: GetFunctionResponse,
  { options, input: body, installation, session }: Call,
): Promise<void> {
  const { client } = installation;
  const { FunctionName: name, Namespace: namespace } = found;
  if (options.async === true) throw usage(`${name} is called with requests, which cannot be asynchronous.`);
  if (options.qualifier !== undefined)
    throw usage(`--qualifier is for event functions; ${name} is of type ${found.Type}.`);
  const { endpoint } = await functionOrigins(installation, session.signal);
  const url = new URL(`${endpoint}/~${namespace}/${name}/${(options.path ?? "/").replace(/^\//, "")}`);
  const headers = {
    ...(body === null ? {} : { "content-type": contentTypeOf(body) }),
    ...parseHeaders(options.header),
  };
  const method = options.request ?? (body === null ? "GET" : "POST");
  const reply = await requestFunction({ method, url, headers, body }, session.signal);
  const platformStatus = String(reply.headers["x-scf-status"] ?? "");
  const requestId = String(reply.headers["x-scf-request-id"] ?? "");
  await writeReply(reply, session);
  if (options.tail === true && requestId !== "") {
    const log = await logOfCall(client, { name, namespace, requestId }, session.signal);
    session.terminal.note(session.terminal.noteStyle.dim(log));
  }
  if (reply.status < 400) return;
  const inNamespace = namespace === "default" ? "" : ` --namespace ${namespace}`;
  const isLogWanted = reply.status >= 500 && requestId !== "" && options.tail !== true;
  const place = platformStatus === notActive ? "" : ` --request ${requestId}`; // no call began, so it has no log of its own
  const log = isLogWanted ? ` Its log: ${session.gust(`logs ${name}${inNamespace}${place}`)}` : "";
  throw new CommandFailure(exitCodes.functionFailed, `${name} answered ${reply.status}.${log}`, {
    code: platformStatus === "" ? String(reply.status) : platformStatus,
    requestId,
  });
}

/** Status of a call to a function that has nothing to serve it. */
const notActive = "438";

async function writeReply(reply: FunctionReply, { terminal, signal }: Session): Promise<void> {
  if (terminal.isJson) {
    const body = (await buffer(reply.body)).toString();
    terminal.result({ status: reply.status, headers: reply.headers, body }, () => "");
    return;
  }
  let last = 10;
  reply.body.on("data", (chunk: Buffer) => {
    last = chunk.at(-1) ?? last;
  });
  await pipeline(reply.body, process.stdout, { end: false, signal });
  if (process.stdout.isTTY && last !== 10) process.stdout.write("\n");
}

function contentTypeOf(body: string): string {
  return isJson(body) ? "application/json" : "text/plain; charset=utf-8";
}
