import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { CommandFailure, exitCodes, failed } from "../../failure.ts";
import { runningServer } from "../../installation/server-record.ts";
import { changeTrust, ownPlaces, type StoreOutcome } from "../../server/trust-stores.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";

interface TrustOptions extends CommonOptions {
  readonly print?: boolean;
  readonly undo?: boolean;
}

export function addTrust(program: Command, signal: AbortSignal): void {
  const command = newCommand("trust", "Makes this machine trust the certificates of its Gust", [
    "trust",
    "trust --print > gust.pem && curl --cacert gust.pem https://localhost:4879/healthz",
    "trust --undo",
  ]);
  command
    .option("--print", "print the authority's certificate and change nothing")
    .option("--undo", "trust it no longer")
    .action(async (options: TrustOptions) => {
      const session = newSession(options, signal);
      const file = await findAuthority(session);
      if (options.print === true) return print(file, session);
      const outcomes = await changeTrust(file, options.undo === true ? "distrust" : "trust", ownPlaces);
      report(outcomes, file, options, session);
    });
  program.addCommand(command);
}

async function findAuthority({ dataDirectory, gust }: Session): Promise<string> {
  const file = path.join(dataDirectory, "tls", "authority.pem");
  if (existsSync(file)) return file;
  const running = await runningServer(dataDirectory);
  if (running !== null && running.tlsUrl === undefined) {
    throw failed("This Gust does not listen with TLS (GUST_TLS_PORT): it has no certificate authority.");
  }
  throw new CommandFailure(
    exitCodes.unreachable,
    `There is no certificate authority in ${dataDirectory} yet: it is made at the first start (${gust("up")}).`,
  );
}

async function print(file: string, { terminal }: Session): Promise<void> {
  const certificate = (await fs.readFile(file, "utf8")).trimEnd();
  terminal.result({ file, certificate }, () => certificate);
}

function report(outcomes: readonly StoreOutcome[], file: string, options: TrustOptions, session: Session): void {
  const { terminal, gust } = session;
  const isUndo = options.undo === true;
  if (!outcomes.some(({ state }) => state === "done")) {
    const reasons = outcomes.map(({ store, note }) => `${store}: ${note}`).join("; ");
    throw failed(`Nothing was changed (${reasons}). Try it as root, or give programs the file itself: ${file}`);
  }
  terminal.result({ file, stores: outcomes }, () => {
    const { style } = terminal;
    const lines = outcomes.map(({ store, state, note }) => {
      const mark = state === "done" ? style.green("✔") : style.yellow("!");
      const verb = state !== "done" ? "unchanged" : isUndo ? "trusts it no longer" : "trusts it";
      return `${mark} ${store} ${verb}: ${note}`;
    });
    if (isUndo) return lines.join("\n");
    const others = `Node.js: NODE_EXTRA_CA_CERTS=${file} (or node --use-system-ca)`;
    return [...lines, others, `Undo it: ${gust("trust --undo")}`].join("\n");
  });
}
