import os from "node:os";
import path from "node:path";

import { failed, type CommandFailure } from "../failure.ts";

/** Where an installation keeps everything: `--data`, `GUST_DATA`, `/var/lib/gust` for root, XDG's place for others. */
export function dataDirectoryOf(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? environment["GUST_DATA"];
  if (named !== undefined && named !== "") return path.resolve(named);
  if (process.getuid?.() === 0) return "/var/lib/gust";
  return path.join(environment["XDG_DATA_HOME"] || path.join(os.homedir(), ".local", "share"), "gust");
}

export function belongsToAnother(dataDirectory: string, cause: unknown): CommandFailure {
  return failed(
    `The installation in ${dataDirectory} belongs to another user. Run the command as that user, or name yours with --data DIR.`,
    { cause },
  );
}
