import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { z } from "zod";
import { newCommand, newSession, type CommonOptions } from "../../session.ts";

const packageFile = new URL("../../../package.json", import.meta.url);

/** Version of this checkout. */
export function version(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, "utf8"))).version;
}

export function addVersion(program: Command, signal: AbortSignal): void {
  const command = newCommand("version", "Says which Gust and which Node.js this is", ["version", "version --json"]);
  program.addCommand(
    command.action((options: CommonOptions) => {
      const { terminal } = newSession(options, signal);
      const value = { version: version(), node: process.versions.node };
      terminal.result(value, () => `gust ${value.version} on Node.js ${value.node}`);
    }),
  );
}
