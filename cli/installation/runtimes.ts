import type { GustClient } from "../../sdk/src/index.ts";

/** An entry of ListRuntimes. */
export interface RuntimeState {
  readonly Name: string;
  readonly Version: string | null;
  readonly Origin: string;
  readonly State: "Absent" | "Fetching" | "Installed";
  readonly Problem: string;
  readonly Functions: number;
  readonly Runtimes: readonly string[];
}

const product = { service: "gust", version: "2026-11-24" } as const;

/** What functions of the installation can run on. */
export async function listRuntimes(client: GustClient, signal: AbortSignal): Promise<readonly RuntimeState[]> {
  const { Runtimes: runtimes } = await client.call("ListRuntimes", {}, { product, signal });
  return runtimes as readonly RuntimeState[]; // the server validates its replies against the declaration that this type repeats
}

/** Begins to fetch one. */
export async function installRuntime(client: GustClient, name: string, signal: AbortSignal): Promise<void> {
  await client.call("InstallRuntime", { Name: name }, { product, signal });
}

/** A `Runtime` with the version that serves it, where it has one: `Nodejs12.16 (18.20.8)`. */
export function withVersion(runtime: string, states: readonly RuntimeState[]): string {
  const serving = states.find(({ Name: name, Runtimes: names }) => name !== "custom" && names.includes(runtime));
  return serving?.Version == null ? runtime : `${runtime} (${serving.Version})`;
}
