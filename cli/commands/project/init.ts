import fs from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { closestWord } from "../../closest-word.ts";
import { failed, isMissing, usage } from "../../failure.ts";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";
import { askChoice } from "../../terminal/questions.ts";
import { table } from "../../terminal/table.ts";

/** What can be begun with; each is a folder of cli/templates. */
const templates: Readonly<Record<string, string>> = {
  minimal: "event function in one file, without a project file",
  event: "event function (JavaScript)",
  "event-ts": "event function (TypeScript, with types)",
  "event-python": "event function (Python)",
  "event-php": "event function (PHP)",
  custom: "event function in any language: a bootstrap (shell with curl)",
  http: "HTTP function that streams (JavaScript)",
  "http-python": "HTTP function that streams (Python, WSGI)",
  "http-php": "HTTP function (PHP, an ordinary script)",
  "service-express": "Express application as an HTTP service",
};

const folder = path.resolve(import.meta.dirname, "../../templates");

export function addInit(program: Command, signal: AbortSignal): void {
  const command = newCommand("init", "Begins a new function from a template; without one, lists them", [
    "init",
    "init http my-api",
    "init event-ts .",
  ]);
  command
    .argument("[template]", Object.keys(templates).join(", "))
    .argument("[dir]", "where to; named after the template when absent")
    .action(async (given: string | undefined, directory: string | undefined, options: CommonOptions) => {
      const { terminal, gust } = newSession(options, signal);
      if (given === undefined && !terminal.canAsk) {
        terminal.result({ templates }, () => `${listTemplates()}\n\nBegin with one: ${gust("init http my-api")}`);
        return;
      }
      const template = given ?? (await askChoice("Which template?", templates, signal));
      if (!Object.hasOwn(templates, template)) {
        const meant = closestWord(template, Object.keys(templates));
        const suggestion = meant === null ? "" : ` Did you mean ${meant}?`;
        throw usage(`There is no template ${template}.${suggestion} There are:\n${listTemplates()}`);
      }
      const target = path.resolve(directory ?? template);
      const files = await copyTemplate(template, target);
      terminal.result({ template, directory: target, files }, () => {
        const place = path.relative(process.cwd(), target);
        const goThere = place === "" ? "" : `cd ${place} && `;
        return [
          `Made ${place === "" ? "here" : place}: ${files.join(", ")}`,
          `Bring it up:           ${goThere}${gustFrom(gust("deploy"), target)}`,
          `Work on it, live:      ${goThere}${gustFrom(gust("dev"), target)}`,
        ].join("\n");
      });
    });
  program.addCommand(command);
}

function listTemplates(): string {
  return table(Object.entries(templates).map(([name, text]) => [`  ${name}`, text]));
}

/** How `./gust` is called from another directory. */
function gustFrom(line: string, directory: string): string {
  if (!line.startsWith("./") && !line.startsWith("../")) return line;
  const [program = "", ...rest] = line.split(" ");
  return [path.relative(directory, path.resolve(program)), ...rest].join(" ");
}

/** Copies a template; refuses to overwrite anything. */
async function copyTemplate(template: string, target: string): Promise<string[]> {
  const source = path.join(folder, template);
  const names = (await fs.readdir(source)).toSorted();
  const present: readonly string[] = await fs.readdir(target).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const taken = names.filter((name) => present.includes(name));
  if (taken.length > 0)
    throw failed(
      `${target} has ${taken.join(", ")} already; nothing was written. Give another directory: gust init ${template} DIR`,
    );
  await fs.mkdir(target, { recursive: true });
  for (const name of names) await fs.cp(path.join(source, name), path.join(target, name), { recursive: true });
  if (names.includes(templateFile)) await nameFunction(path.join(target, templateFile), path.basename(target));
  return names;
}

const templateFile = "template.yaml";

/** Two projects from one template are two functions: each is named after its directory. */
async function nameFunction(file: string, directory: string): Promise<void> {
  const name = directory.replaceAll(/[^\w-]/g, "-").replaceAll(/^[^A-Za-z]+|[-_]+$/g, "");
  if (name.length < 2) return;
  const text = await fs.readFile(file, "utf8");
  const pattern = /^( {4})[\w-]+(:\r?\n {6}Type: TencentCloud::Serverless::Function)/m;
  await fs.writeFile(file, text.replace(pattern, `$1${name.slice(0, 60)}$2`));
}
