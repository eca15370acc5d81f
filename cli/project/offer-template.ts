import fs from "node:fs/promises";
import path from "node:path";
import { askYesNo } from "../terminal/questions.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { templateText } from "./load-project.ts";
import { projectFileNames, type Project } from "./project.ts";

interface OfferOptions {
  readonly terminal: Terminal;
  /** Write without asking. */
  readonly write: boolean;
  readonly signal: AbortSignal;
}

/** Offers a person to write the project file of a directory that was recognised, or writes it when told to. */
export async function offerTemplate(project: Project, { terminal, write, signal }: OfferOptions): Promise<void> {
  if (project.recognised === null) return;
  const [name] = projectFileNames;
  if (!write) {
    if (!terminal.canAsk) return;
    if (!(await askYesNo(`Write ${name} for it, so that its settings have a place?`, signal))) return;
  }
  await fs.writeFile(path.join(project.directory, name), templateText(project), { flag: "wx" });
  terminal.note(`Wrote ${path.join(project.directory, name)}.`);
}
