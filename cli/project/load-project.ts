import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { failed, usage } from "../failure.ts";
import {
  bootstrapName,
  defaultPhpRuntime,
  defaultPythonRuntime,
  defaultRuntime,
  eventBootstrapName,
  programRuntime,
  projectFileNames,
  projectFileRules,
  type Project,
  type ProjectFunction,
} from "./project.ts";
import { table } from "../terminal/table.ts";
import { readEntries, recognise, type Recognised } from "./recognise/recognise.ts";
import { readPackageFile } from "./start-script.ts";
import { readTemplateProject } from "./template-project.ts";

export interface LoadOptions {
  /** The server installs what functions depend on, whatever the project says of that. */
  readonly installsDependencies?: boolean;
}

/** Reads what a directory holds: from its project file, or by recognising it. */
export async function loadProject(
  directory: string,
  name: string | undefined,
  options: LoadOptions = {},
): Promise<Project> {
  const stats = await fs.stat(directory).catch(() => null);
  if (stats === null) throw usage(`${directory} is not there.`);
  if (!stats.isDirectory()) throw usage(`${directory} is not a directory.`);
  const file = projectFileNames.map((it) => path.join(directory, it)).find((it) => existsSync(it));
  if (file !== undefined) return withOptions(renamed(await readTemplateProject(file), name), options);
  const found = await recognise(directory);
  if (found === null) throw failed(await explainUnknown(directory));
  return withOptions(recognisedProject(directory, found, name ?? (await nameOf(directory))), options);
}

function withOptions(project: Project, { installsDependencies = false }: LoadOptions): Project {
  if (!installsDependencies) return project;
  const functions = project.functions.map((wanted): ProjectFunction => {
    return { ...wanted, configuration: { ...wanted.configuration, InstallDependency: "TRUE" } };
  });
  return { ...project, functions };
}

/** `--name` names the one function of a project, or picks one of several. */
function renamed(project: Project, name: string | undefined): Project {
  if (name === undefined) return project;
  const [only] = project.functions;
  if (project.functions.length === 1 && only !== undefined) return { ...project, functions: [{ ...only, name }] };
  const picked = project.functions.filter((it) => it.name === name);
  if (picked.length > 0) return { ...project, functions: picked };
  throw usage(`The project has no function ${name}; it has ${project.functions.map((it) => it.name).join(", ")}.`);
}

function recognisedProject(directory: string, found: Recognised, name: string): Project {
  const runtime = "language" in found ? defaultRuntimes[found.language] : defaultRuntime;
  const common = { namespace: "default", name, runtime, configuration: {}, triggers: null };
  const ignoreFile = path.join(directory, "ignore", `${name}.ignore`);
  const code = { path: directory, ignoreFile, leaveOut: projectFileRules(directory, directory) };
  return { directory, functions: [functionOf()], warnings: [], recognised: sentenceFor(found) };

  function functionOf(): ProjectFunction {
    switch (found.kind) {
      case "event":
        return { ...common, type: "Event", handler: found.handler, code };
      case "program":
        return { ...common, type: "Event", runtime: programRuntime, code };
      case "http":
        return { ...common, type: "HTTP", handler: found.handler, code };
      case "service": {
        const start = found.startCommand === null ? {} : { startCommand: found.startCommand };
        return { ...common, type: "HTTP", code: { ...code, ...start } };
      }
    }
  }
}

const defaultRuntimes = { node: defaultRuntime, python: defaultPythonRuntime, php: defaultPhpRuntime };

const kindNames = {
  event: "an event function",
  program: "an event function",
  http: "an HTTP function",
  service: "an HTTP service",
};

function sentenceFor(found: Recognised): string {
  const start =
    found.kind === "service" && found.startCommand !== null && !found.because.includes(`"${found.startCommand}"`)
      ? `; it will be started with "${found.startCommand}"`
      : "";
  return `Taken for ${kindNames[found.kind]}, because ${found.because}${start}.`;
}

const expectedForms = table([
  ["  a file that exports main_handler", "event function"],
  ["  main_handler in index.py, or a Flask, FastAPI or other application in app.py", "function in Python"],
  ["  index.php, with main_handler or as a script that requests run", "function in PHP"],
  [`  an executable file ${eventBootstrapName}`, "event function in any language"],
  ["  a default export with fetch, or an exported (req, res)", "HTTP function"],
  [`  ${bootstrapName}, or a start script in package.json`, "HTTP service"],
  [`  ${projectFileNames[0]}`, "says it itself"],
]);

async function explainUnknown(directory: string): Promise<string> {
  const isEmpty = (await fs.readdir(directory)).length === 0;
  const found = (await readEntries(directory, await readPackageFile(directory))).map(
    ({ file, exports: { kinds } }) => `${file} exports ${kinds.size === 0 ? "nothing" : [...kinds.keys()].join(", ")}`,
  );
  if (existsSync(path.join(directory, eventBootstrapName))) {
    return `${directory} has a file ${eventBootstrapName} that is not executable. Make it so, then deploy again: chmod 755 ${path.join(directory, eventBootstrapName)}`;
  }
  const what = isEmpty ? ": it is empty" : found.length === 0 ? "" : `: ${found.join("; ")}`;
  return (
    `${directory} is not recognised as a function${what}. Expected one of:\n${expectedForms}\n` +
    "`gust init` makes a new one."
  );
}

/** A name for a directory's function: that of its package or its own. No letter is left out, as two directories could then be one function. */
async function nameOf(directory: string): Promise<string> {
  const given =
    (await readPackageFile(directory))?.name?.replace(/^@[^/]*\//, "") ?? path.basename(path.resolve(directory));
  const name = given.replaceAll(/[ .]+/g, "-").replaceAll(/^[-_]+|[-_]+$/g, "");
  if (namePattern.test(name)) return name;
  throw usage(
    `"${given}" cannot be the name of a function: 2–60 letters, digits, "-" and "_", beginning with a letter. Give one with --name.`,
  );
}

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/;

/** Text of the project file for a project that was recognised. */
export function templateText({ functions, directory }: Project): string {
  const resources: Record<string, Record<string, unknown>> = {};
  for (const { namespace, name, type, handler, runtime, code } of functions) {
    resources[namespace] ??= { Type: "TencentCloud::Serverless::Namespace" };
    const place = path.relative(directory, code.path);
    resources[namespace][name] = {
      Type: "TencentCloud::Serverless::Function",
      Properties: {
        CodeUri: place === "" ? "./" : `./${place}`,
        Type: type,
        ...(handler === undefined ? {} : { Handler: handler }),
        Runtime: runtime,
        MemorySize: 128,
        Timeout: 3,
      },
    };
  }
  return stringify({ Resources: resources });
}
