import fs from "node:fs/promises";
import path from "node:path";
import type { RunningServer } from "./running-server.ts";

/** Where a server answers with TLS, as the command `gust` finds it. */
export async function tlsPortOf({ dataDirectory }: RunningServer): Promise<number> {
  const { tlsUrl } = JSON.parse(await fs.readFile(path.join(dataDirectory, "run/server.json"), "utf8"));
  return Number(new URL(tlsUrl).port);
}
