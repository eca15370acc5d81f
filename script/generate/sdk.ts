import { errorCodes, everyActionsErrors } from "../../src/control/index.ts";
import type { Declarations, DescribedAction, Field } from "./declarations.ts";

/** The version of each product, for those who call one that the SDK has no types of. */
export function versionsSource(all: readonly { readonly name: string; readonly version: string }[]): string {
  const lines = all.map(({ name, version }) => `  ${name}: "${version}",`);
  return [
    "// Written by script/generate.ts from the declarations in src/control; do not edit.\n",
    `/** The products of the cloud API, each with its version. */\nexport const productVersions = {\n${lines.join("\n")}\n} as const;\n`,
  ].join("\n");
}

/** Types of requests and replies for the SDK, and a table of the actions for the CLI's help. */
export function sdkSource({ version, actions, absent, structures }: Declarations): string {
  return [
    "// Written by script/generate.ts from the declarations in src/control; do not edit.\n",
    `/** Version of the API that these types describe. */\nexport const scfVersion = "${version}";\n`,
    ...structures.map(({ name, fields }) => interfaceOf(name, `Structure ${name}.`, fields)),
    ...actions.flatMap((action) => [
      interfaceOf(`${action.name}Request`, `Fields of ${action.name}.`, action.request),
      interfaceOf(`${action.name}Response`, `Reply of ${action.name}.`, [...action.reply, requestIdField]),
    ]),
    actionMap(actions, absent),
    infoTypes,
    actionTable(actions, absent),
    errorTable(),
  ].join("\n");
}

const requestIdField: Field = {
  name: "RequestId",
  type: "string",
  canBeNull: false,
  isRequired: true,
  description: "Id of this call",
  isKept: false,
};

function interfaceOf(name: string, sentence: string, fields: readonly Field[]): string {
  const members = fields.map(
    (field) =>
      `  /** ${note(field)} */\n  ${field.name}${field.isRequired ? "" : "?"}: ${typeScript(field)}${field.isRequired ? "" : " | undefined"};`,
  );
  return `/** ${sentence} */\nexport interface ${name} {\n${members.join("\n")}\n}\n`;
}

function note({ description, isKept }: Field): string {
  return `${description}.${isKept ? " Kept; not yet acted on." : ""}`.replaceAll("*/", "*\\/");
}

function typeScript({ type, canBeNull }: Field): string {
  const name = type.replace("integer", "number").replace("map", "Readonly<Record<string, unknown>>");
  return canBeNull ? `${name} | null` : name;
}

type Absent = Declarations["absent"];

function actionMap(actions: readonly DescribedAction[], absent: Absent): string {
  const available = actions.map(({ name }) => `  ${name}: { request: ${name}Request; response: ${name}Response };`);
  const others = absent.map(
    ({ name }) => `  ${name}: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };`,
  );
  return [
    "/** Request and reply of every action by its name; those that a server does not have yet answer UnsupportedOperation. */",
    "export interface ActionMap {",
    ...available,
    ...others,
    "}\n",
    "export type ActionName = keyof ActionMap;\n",
  ].join("\n");
}

const infoTypes = `/** A field of a request, for help texts. */
export interface FieldInfo {
  readonly name: string;
  /** \`string\`, \`integer\`, \`number\`, \`boolean\` or a structure's name; \`[]\` behind it for lists. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** What the CLI tells of an action. */
export interface ActionInfo {
  readonly summary: string;
  readonly fields: readonly FieldInfo[];
  /** Codes of its own, beside \`generalErrors\`. */
  readonly errors: readonly string[];
  readonly supported: boolean;
}
`;

function actionTable(actions: readonly DescribedAction[], absent: Absent): string {
  const table = Object.fromEntries([
    ...actions.map((action) => [action.name, infoOf(action)]),
    ...absent.map(({ name, summary }) => [
      name,
      { summary, fields: [], errors: ["UnsupportedOperation"], supported: false },
    ]),
  ]);
  return `/** Every action of the API. */\nexport const actions: Readonly<Record<ActionName, ActionInfo>> = ${JSON.stringify(table)};\n`;
}

function infoOf({ summary, request, errors }: DescribedAction) {
  const fields = request.map(({ name, type, isRequired, description }) => ({
    name,
    type,
    required: isRequired,
    description,
  }));
  return { summary, fields, errors, supported: true };
}

function errorTable(): string {
  return [
    `/** Codes that every action can answer with. */\nexport const generalErrors: readonly string[] = ${JSON.stringify(everyActionsErrors)};\n`,
    `/** When each code happens. */\nexport const errorCodes: Readonly<Record<string, string>> = ${JSON.stringify(errorCodes)};\n`,
  ].join("\n");
}
