import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { usage } from "../failure.ts";
import {
  bootstrapName,
  programRuntime,
  projectFileRules,
  type CodeSource,
  type Configuration,
  type Project,
  type ProjectFunction,
  type ProjectTrigger,
} from "./project.ts";
import { startCommandOf } from "./start-script.ts";
import { parseTemplate, type TemplateProblem } from "./template-file.ts";
import type { FunctionProperties, Template } from "./template-schema.ts";

/** Reads a project file. Throws a CommandFailure that lists every problem as `file:line: …`. */
export async function readTemplateProject(file: string): Promise<Project> {
  const directory = path.dirname(file);
  const parsed = parseTemplate(await fs.readFile(file, "utf8"));
  if (parsed.kind === "problems") throw templateFailure(file, parsed.problems);
  const builder = new FunctionsOfTemplate(directory, parsed.template, parsed.lineOf);
  const functions = await builder.build();
  if (builder.problems.length > 0) throw templateFailure(file, builder.problems);
  return { directory, functions, warnings: builder.warnings, recognised: null };
}

function templateFailure(file: string, problems: readonly TemplateProblem[]) {
  const shown = path.relative(process.cwd(), file) || file;
  return usage(problems.map(({ line, message }) => `${shown}:${line}: ${message}`).join("\n"));
}

class FunctionsOfTemplate {
  readonly problems: TemplateProblem[] = [];
  readonly warnings: string[] = [];
  readonly #directory: string;
  readonly #template: Template;
  readonly #lineOf: (path: readonly PropertyKey[]) => number;

  constructor(directory: string, template: Template, lineOf: (path: readonly PropertyKey[]) => number) {
    this.#directory = directory;
    this.#template = template;
    this.#lineOf = lineOf;
  }

  async build(): Promise<ProjectFunction[]> {
    const functions: ProjectFunction[] = [];
    for (const [namespace, resources] of Object.entries(this.#template.Resources)) {
      for (const [name, resource] of Object.entries(resources)) {
        if (typeof resource === "string") continue; // Type of the namespace
        const found = await this.#functionOf(namespace, name, resource.Properties);
        if (found !== null) functions.push(found);
      }
    }
    if (functions.length === 0 && this.problems.length === 0) {
      this.problems.push({ line: this.#lineOf(["Resources"]), message: "Resources: expected at least one function" });
    }
    return functions;
  }

  async #functionOf(namespace: string, name: string, own: FunctionProperties): Promise<ProjectFunction | null> {
    const at = ["Resources", namespace, name, "Properties"];
    const properties = withGlobals(this.#template.Globals?.Function ?? {}, own);
    const problem = (key: string, message: string): null => {
      this.problems.push({ line: this.#lineOf([...at, key]), message: `${[...at, key].join(".")}: ${message}` });
      return null;
    };
    const place = properties.LocalZipFile ?? properties.CodeUri;
    if (place === undefined) return problem("CodeUri", "expected a directory, a file or a zip; it is missing");
    if (typeof place !== "string") {
      return problem("CodeUri", "expected a path; code in a bucket (Bucket, Key) comes in a later version");
    }
    const source = path.resolve(this.#directory, place);
    if (!existsSync(source))
      return problem(properties.LocalZipFile === undefined ? "CodeUri" : "LocalZipFile", `${place} is not there`);
    const { Runtime: runtime, Type: type = "Event", Handler: handler } = properties;
    if (runtime === undefined) return problem("Runtime", "expected a runtime, e.g. Nodejs26; it is missing");
    const startCommand = type === "Event" || handler !== undefined ? null : await this.#startOf(source, runtime);
    if (handler === undefined && startCommand === "none") {
      return problem("Handler", explainMissingHandler(type));
    }
    if (handler === undefined && type === "Event" && runtime !== programRuntime)
      return problem("Handler", explainMissingHandler(type));
    const ignoreFile = path.join(this.#directory, "ignore", `${name}.ignore`);
    const code: CodeSource = {
      path: source,
      ignoreFile,
      leaveOut: projectFileRules(this.#directory, source),
      ...(startCommand === null || startCommand === "own" || startCommand === "none"
        ? {}
        : { startCommand: startCommand.command }),
    };
    return {
      namespace,
      name,
      type,
      runtime,
      code,
      configuration: configurationOf(properties),
      triggers: this.#triggersOf(name, own),
      ...(handler === undefined ? {} : { handler }),
    };
  }

  /** Those that can be made; of the others there is a warning. */
  #triggersOf(ofFunction: string, { Events: events }: FunctionProperties): ProjectFunction["triggers"] {
    const triggers: Record<string, ProjectTrigger> = {};
    for (const [name, trigger] of Object.entries(events ?? {})) {
      if (trigger.kind !== "absent") triggers[name] = trigger;
      else
        this.warnings.push(
          `triggers of type ${trigger.type} come in a later version: ${name} of ${ofFunction} is not created`,
        );
    }
    return triggers;
  }

  /** How a package without a handler starts: by its own scf_bootstrap, by its start script, or not at all. */
  async #startOf(source: string, runtime: string): Promise<"own" | "none" | { readonly command: string }> {
    if (source.endsWith(".zip") || runtime === programRuntime) return "own"; // the server looks into it
    if (existsSync(path.join(source, bootstrapName))) return "own";
    const command = await startCommandOf(source);
    return command === null ? "none" : { command };
  }
}

function explainMissingHandler(type: string): string {
  if (type === "Event") return "expected file.method, e.g. index.main_handler; it is missing";
  return `expected file.method (e.g. index.default), a file ${bootstrapName}, or a start script in package.json; none is there`;
}

type Globals = NonNullable<NonNullable<Template["Globals"]>["Function"]>;

/** What a function does not say, Globals do; variables are merged by name. */
function withGlobals(globals: Globals, own: FunctionProperties): FunctionProperties {
  const variables = { ...globals.Environment?.Variables, ...own.Environment?.Variables };
  const hasVariables = globals.Environment !== undefined || own.Environment !== undefined;
  return { ...globals, ...own, ...(hasVariables ? { Environment: { Variables: variables } } : {}) };
}

/** A project file says it all: what it does not name has its default again. */
function configurationOf(properties: FunctionProperties): Configuration {
  const { VpcConfig, ProtocolType, ProtocolParams, InstanceConcurrencyConfig: concurrency, Role, Layers } = properties;
  return {
    Description: properties.Description ?? "",
    MemorySize: properties.MemorySize ?? 128,
    Timeout: properties.Timeout ?? 3,
    InitTimeout: properties.InitTimeout ?? 65,
    InstallDependency: properties.InstallDependency ?? "FALSE",
    Environment: {
      Variables: Object.entries(properties.Environment?.Variables ?? {}).map(([Key, Value]) => ({ Key, Value })),
    },
    ...(Role === undefined ? {} : { Role }),
    ...(Layers === undefined ? {} : { Layers }),
    ...(VpcConfig === undefined ? {} : { VpcConfig }),
    ...(ProtocolType === undefined ? {} : { ProtocolType }),
    ...(ProtocolParams === undefined ? {} : { ProtocolParams }),
    ...(concurrency === undefined
      ? {}
      : {
          InstanceConcurrencyConfig: {
            DynamicEnabled: concurrency.DynamicEnabled,
            ...(concurrency.MaxConcurrency === undefined ? {} : { MaxConcurrency: concurrency.MaxConcurrency }),
          },
        }),
  };
}
