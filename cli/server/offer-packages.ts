import type { Session } from "../session.ts";
import { askYesNo } from "../terminal/questions.ts";
import { installPackages } from "./apt-get.ts";
import { readMissingPackages, type MissingPackages } from "./host-report.ts";

interface OfferOptions {
  /** What `--sandbox` says; the settings otherwise. */
  readonly sandbox?: string | undefined;
  /** Nobody is to be asked. */
  readonly yes: boolean;
}

/**
 * Has root on Debian install what containers lack, and tells everybody else what to do. A package that cannot be installed is a warning: the
 * server starts with what there is. Without isolation wanted, nothing is looked at.
 */
export async function offerPackages({ sandbox, yes }: OfferOptions, session: Session): Promise<void> {
  const choice = sandbox ?? process.env["GUST_SANDBOX"];
  if (process.platform !== "linux" || choice === "process") return;
  const found = await readMissingPackages(sandbox === undefined ? {} : { GUST_SANDBOX: sandbox }, session.signal);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return sayHowAsRoot(found, session);
  if (found.obstacle !== null || found.install === null) return; // the server says the obstacle
  const names = found.packages.join(", ");
  const { terminal, signal } = session;
  if (!found.hasAptGet) return terminal.warn(`Containers lack ${names}: ${found.install}`);
  const mayAsk = terminal.canAsk && !yes && process.env["DEBIAN_FRONTEND"] !== "noninteractive";
  if (mayAsk && !(await askYesNo(`Containers lack ${names}. Install them with apt-get?`, signal, true))) return;
  await install(found, session);
}

async function install({ packages, install: command }: MissingPackages, { terminal, signal }: Session): Promise<void> {
  const names = packages.join(", ");
  using progress = terminal.progress(`Installing ${names}`);
  const reason = await installPackages(packages, { progress, signal });
  progress[Symbol.dispose]();
  if (reason === null) return terminal.note(`${terminal.noteStyle.green("✔")} Installed ${names}`);
  terminal.warn(`${names} could not be installed: ${reason}. Functions may run WITHOUT ISOLATION; later: ${command}`);
}

function sayHowAsRoot({ install: command }: MissingPackages, { terminal, gust }: Session): void {
  const lines = [...(command === null ? [] : [command]), `sudo ${gust("up")}`];
  terminal.note(terminal.noteStyle.yellow(`Containers need root: ${lines.join(" && ")}`));
}
