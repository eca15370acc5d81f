import { errorCodes, everyActionsErrors, permissionsOfRoles } from "../../src/control/index.ts";
import type { Declarations, DescribedAction, Field } from "./declarations.ts";

/** The reference page of one product of the cloud API. The other pages lead to that of `scf` for what all have. */
export function reference(declarations: Declarations): string {
  const { actions, structures } = declarations;
  return [
    headOf(declarations),
    "## Actions\n",
    ...listByGroup(actions),
    ...actions.map(actionSection),
    ...absentActions(declarations),
    "\n## Structures\n",
    ...structures.map(({ name, fields }) => `### ${name}\n\n${fieldTable(fields)}`),
    ...codeTables(declarations),
  ].join("\n");
}

function headOf(declarations: Declarations): string {
  switch (declarations.name) {
    case "scf":
      return scfHead(declarations.version);
    case "apigateway":
      return apiGatewayHead(declarations.version);
    default:
      return otherHead(declarations);
  }
}

function scfHead(version: string): string {
  return `# Cloud API reference: scf ${version}

<!-- Written by script/generate.ts from the declarations in src/control; do not edit. -->

Send \`POST /\` with a JSON body and the headers \`X-TC-Action\`, \`X-TC-Version: ${version}\`, \`X-TC-Timestamp\` and a
TC3-HMAC-SHA256 \`Authorization\`; the unmodified SDKs of Tencent Cloud do, with this server as their endpoint. \`GET\` and the
older signatures take the same fields by dotted names (\`Code.ZipFile\`, \`Layers.0.LayerName\`). Unknown fields are ignored, and
\`null\` is the same as absent. The reply is always HTTP 200: \`{"Response": {…, "RequestId"}}\`, or
\`{"Response": {"Error": {"Code", "Message"}, "RequestId"}}\`. Times are \`YYYY-MM-DD HH:MM:SS\` in Asia/Shanghai.

Creating and updating is asynchronous: poll GetFunction until \`Status\` is \`Active\` or ends in \`Failed\`. A field marked
**kept** is checked, kept and given back by GetFunction, but nothing acts on it yet.

Certificates are of the product [\`ssl\`](ssl.md), services and APIs of [\`apigateway\`](apigateway.md). What Tencent's API has no action for is in [\`gust\`](gust.md).
`;
}

function apiGatewayHead(version: string): string {
  return `# Cloud API reference: apigateway ${version}

<!-- Written by script/generate.ts from the declarations in src/control; do not edit. -->

Services, APIs, releases and keys of the API gateway; the [guide](../guide/en/api-gateway.md) says how they go together. It is asked as
[\`scf\`](scf.md) is, with \`X-TC-Version: ${version}\` and \`apigateway\` as the service in the credential scope of the signature; the
unmodified SDKs of Tencent Cloud do. Times are \`YYYY-MM-DDTHH:MM:SSZ\`, in UTC. Permissions begin with \`apigw:\`, as in CAM.
`;
}

function otherHead({ name, version }: Declarations): string {
  return `# Cloud API reference: ${name} ${version}

<!-- Written by script/generate.ts from the declarations in src/control; do not edit. -->

${introductions[name] ?? ""} It is asked as [\`scf\`](scf.md) is, with \`X-TC-Version: ${version}\` and \`${name}\` as the service
in the credential scope of the signature, and answers with the same envelope and the same [error codes](scf.md#error-codes).
`;
}

const introductions: Readonly<Record<string, string>> = {
  gust: "What Tencent's API has no action for.",
  ssl: "Certificates for TLS, as the unmodified SDKs of Tencent Cloud manage them.",
};

function absentActions({ absent }: Declarations): string[] {
  if (absent.length === 0) return [];
  return [
    "## Actions that are not available yet\n",
    "They answer `UnsupportedOperation`; `InvalidAction` is for names that Tencent does not have either.\n",
    ...absent.map(({ name, summary }) => `- \`${name}\`: ${summary}`),
  ];
}

/** Those of the product's own actions; the general ones stand in the page of `scf` alone. */
function codeTables({ name, actions }: Declarations): string[] {
  if (name === "gust") return [];
  const declared = new Set(actions.flatMap(({ errors }) => errors));
  const isOwn = (code: string) => declared.has(code) && !everyActionsErrors.some((general) => general === code);
  const own = ["These are of some actions, and listed there:\n", codeTable(Object.keys(errorCodes).filter(isOwn))];
  if (name !== "scf")
    return ["## Error codes\n", "Every action can answer with the [general ones](scf.md#error-codes).\n", ...own];
  return ["## Error codes\n", "Every action can answer with these:\n", codeTable(everyActionsErrors), ...own];
}

function listByGroup(actions: readonly DescribedAction[]): string[] {
  const groups = Map.groupBy(actions, (action) => action.group);
  const lines = [...groups].map(
    ([group, members]) => `- ${group}: ${members.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(", ")}`,
  );
  return [...lines, ""];
}

function actionSection(action: DescribedAction): string {
  const errors = action.errors.map((code) => `\`${code}\``).join(", ");
  return [
    `## ${action.name}\n`,
    `${action.summary}\n`,
    `Permission: \`${action.permission}\`, which roles of functions ${permissionsOfRoles.has(action.permission) ? "have" : "do not have"}.\n`,
    action.request.length === 0 ? "No fields.\n" : `Request:\n\n${fieldTable(action.request)}`,
    action.reply.length === 0 ? "The reply has `RequestId` alone.\n" : `Reply:\n\n${fieldTable(action.reply)}`,
    errors === "" ? "" : `Errors of its own: ${errors}.\n`,
  ].join("\n");
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map((field) => {
    const type = (/^[A-Z]/.test(field.type) ? typeLink(field.type) : field.type) + (field.canBeNull ? " or null" : "");
    const preset =
      field.preset === undefined || field.preset === "" ? "" : ` Default: \`${JSON.stringify(field.preset)}\`.`;
    const kept = field.isKept ? " **kept; not yet acted on**" : "";
    return `| ${field.name} | ${type} | ${field.isRequired ? "yes" : ""} | ${cell(field.description)}.${preset}${kept} |`;
  });
  return ["| Field | Type | Required | |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function typeLink(type: string): string {
  const name = type.replace("[]", "");
  return `[${type.replace("[]", "\\[\\]")}](#${name.toLowerCase()})`;
}

function codeTable(codes: readonly string[]): string {
  const rows = codes.map((code) => `| \`${code}\` | ${cell(errorCodes[code as keyof typeof errorCodes])} |`); // codes of the catalogue
  return ["| Code | When |", "| --- | --- |", ...rows, ""].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
