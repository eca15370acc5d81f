import { readdirSync } from "node:fs";
import path from "node:path";
import { addressesOf, type Addresses } from "../deployment/addresses.ts";
import { deployFunction } from "../deployment/deploy-function.ts";
import { explain } from "../explain.ts";
import type { Installation } from "../installation/connect.ts";
import { loadProject } from "../project/load-project.ts";
import type { ProjectFunction } from "../project/project.ts";
import type { Session } from "../session.ts";
import { table } from "../terminal/table.ts";

const folder = path.resolve(import.meta.dirname, "../../examples");

export interface DeployedExample extends Addresses {
  readonly name: string;
  readonly outcome: "created" | "updated" | "unchanged";
}

/** Deploys the examples, all at the same time. One that fails is a warning: the platform runs. */
export async function deployExamples(installation: Installation, session: Session): Promise<DeployedExample[]> {
  const { signal, terminal } = session;
  const places = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const projects = await Promise.all(places.map(({ name }) => loadProject(path.join(folder, name), undefined)));
  const wanted = projects.flatMap(({ functions }) => functions);
  const deployed = await terminal.during("Deploying the examples", () =>
    Promise.all(wanted.map((it) => deployExample(it, installation, session))),
  );
  signal.throwIfAborted();
  return deployed.filter((it) => it !== null);
}

async function deployExample(
  wanted: ProjectFunction,
  installation: Installation,
  { terminal, signal, gust }: Session,
): Promise<DeployedExample | null> {
  const { client } = installation;
  try {
    const deployed = await deployFunction(wanted, { client, terminal, signal, warn: (it) => terminal.warn(it) });
    return { name: wanted.name, outcome: deployed.outcome, ...addressesOf(deployed.function, installation, gust) };
  } catch (error) {
    if (!signal.aborted) terminal.warn(`The example ${wanted.name} was not deployed: ${explain(error).message}`);
    return null;
  }
}

/** Name, form and addresses of each, and a line to try it. */
export function renderExamples(examples: readonly DeployedExample[], { terminal: { style } }: Session): string {
  const rows = examples.map(({ name, form, url, domainUrl }) => [
    `  ${style.bold(name)}`,
    form,
    [url, domainUrl]
      .filter((it) => it !== null)
      .map((it) => style.cyan(it))
      .join("  "),
  ]);
  const lines = examples.map(({ tryIt }) => `  ${style.dim("$")} ${tryIt}`);
  return `${table(rows)}\n\nTry:\n${lines.join("\n")}`;
}
