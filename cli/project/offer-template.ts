import fs from "node:fs/promises";
import path from "node:path";
import * as prompts from "@clack/prompts";
import type { Terminal } from "../terminal/terminal.ts";
import { templateText } from "./load-project.ts";
import { projectFileNames, type Project } from "./project.ts";

interface OfferOptions {
  readonly terminal: Terminal;
  /** Write without asking. */
  readonly write: boolean;
}

/** Offers a person to write the project file of a directory that was recognised, or writes it when told to. */
export async function offerTemplate(project: Project, { terminal, write }: OfferOptions): Promise<void> {
  if (project.recognised === null) return;
  const [name] = projectFileNames;
  if (!write) {
    if (!terminal.canAsk) return;
    const answer = await prompts.confirm({
      message: `Write ${name} for it, so that its settings have a place?`,
      initialValue: false,
      output: process.stderr,
    });
    if (answer !== true) return;
  }
  await fs.writeFile(path.join(project.directory, name), templateText(project), { flag: "wx" });
  terminal.note(`Wrote ${path.join(project.directory, name)}.`);
}
