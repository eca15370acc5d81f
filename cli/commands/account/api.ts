import type { Command } from "commander";
import { actions, productVersions, type ActionInfo } from "../../../sdk/src/index.ts";
import { usage } from "../../failure.ts";
import { readJsonInput } from "../../input.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import { table } from "../../terminal/table.ts";

/** The version of each product; each has one. */
const versions: ReadonlyMap<string, string> = new Map(Object.entries(productVersions));
const others = [...versions.keys()].filter((name) => name !== "scf").toSorted();

interface ApiOptions extends CommonOptions {
  readonly describe?: boolean;
  readonly service?: string;
  readonly apiVersion?: string;
}

export function addApi(program: Command, signal: AbortSignal): void {
  const command = newCommand("api", "Calls any action of the cloud API and prints its reply", [
    "api ListFunctions",
    `api GetFunction '{"FunctionName":"hello"}'`,
    "api CreateAlias @alias.json",
    "api CreateAlias --describe     its fields and errors",
  ]);
  command
    .argument("[action]", "name of the action")
    .argument("[fields]", "fields as JSON, @file, or - for standard input", "{}")
    .option("--describe", "show the fields and errors of the action, or all actions")
    .option("--service <name>", `another product than scf: ${others.join(", ")}`)
    .option("--api-version <version>", "version of that product, where it has several")
    .addHelpText("after", () => `\nActions:\n${listActions()}`)
    .action(async (action: string | undefined, fields: string, options: ApiOptions) => {
      const session = newSession(options, signal);
      const product = productOf(options);
      if (product !== null && (options.describe === true || action === undefined)) {
        throw usage(
          `--describe knows scf alone; the fields of ${product.service} are in docs/reference/${product.service}.md.`,
        );
      }
      if (options.describe === true || action === undefined) {
        session.terminal.result(action === undefined ? actions : describedAction(action), () => describe(action));
        return;
      }
      const value = await readJsonInput(fields, signal);
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw usage(`The fields have to be a JSON object, e.g. '{"FunctionName":"hello"}'.`);
      }
      const { client } = await session.connect();
      const reply = await client.call(action, Object.fromEntries(Object.entries(value)), {
        signal,
        ...(product && { product }),
      });
      session.terminal.result(reply, () => JSON.stringify(reply, null, 2));
    });
  program.addCommand(command);
}

/** Null: scf. */
function productOf({ service, apiVersion }: ApiOptions): { readonly service: string; readonly version: string } | null {
  if (service === undefined || (service === "scf" && apiVersion === undefined)) return null;
  const version = apiVersion ?? versions.get(service);
  if (version !== undefined) return { service, version };
  throw usage(`There is no product ${service}: --service takes scf, ${others.join(", ")}.`);
}

function describedAction(name: string): ActionInfo {
  const found = new Map<string, ActionInfo>(Object.entries(actions)).get(name);
  if (found === undefined) throw usage(`There is no action ${name}. \`gust api --help\` lists them.`);
  return found;
}

function describe(name: string | undefined): string {
  if (name === undefined) return listActions();
  const { summary, fields, errors, supported } = describedAction(name);
  const rows = fields.map((field) => [`  ${field.name}${field.required ? "*" : ""}`, field.type, field.description]);
  const notYet = supported ? "" : "\nNot available yet: it answers UnsupportedOperation.\n";
  return `${name}: ${summary}\n${notYet}\nFields (* required):\n${table(rows)}\n\nErrors: ${errors.join(", ")}`;
}

function listActions(): string {
  const all: [string, ActionInfo][] = Object.entries(actions);
  const available = all.filter(([, { supported }]) => supported).map(([name, { summary }]) => [`  ${name}`, summary]);
  const absent = all.filter(([, { supported }]) => !supported).map(([name]) => name);
  return `${table(available)}\n\nNot available yet: ${absent.join(", ")}`;
}
