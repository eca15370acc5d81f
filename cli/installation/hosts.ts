import { GustApiError, type GustClient } from "../../sdk/src/index.ts";
import { calledAs, type Session } from "../session.ts";
import type { Installation } from "./connect.ts";

/** A process of an installation, as GetStatus tells. */
export interface HostState {
  readonly id: string;
  readonly roles: readonly string[];
  readonly publicUrl: string;
  readonly isSelf: boolean;
}

export interface ServerStatus {
  /** Sandboxes that serve functions. */
  readonly instances: { readonly used: number; readonly frozen: number; readonly limit: number };
  /** Processes of the installation; empty where the database is the one's alone. */
  readonly hosts: readonly HostState[];
}

export async function readStatus(client: GustClient, signal: AbortSignal): Promise<ServerStatus> {
  const product = { service: "gust", version: "2026-11-24" };
  const { Status: status } = await client.call("GetStatus", {}, { product, signal });
  const { instances, hosts = [] } = status as Partial<ServerStatus> & Pick<ServerStatus, "instances">; // of a server of this version
  return { instances, hosts };
}

/** Addresses of the processes that run functions. */
export function functionsAt(hosts: readonly HostState[]): string[] {
  return hosts.filter(({ roles }) => roles.includes("data")).map(({ publicUrl }) => publicUrl);
}

export type Origins = Pick<Installation, "endpoint" | "tlsEndpoint">;

/** Where functions answer: at the installation's own address, unless the process there has the role control alone and others run them. */
export async function functionOrigins(installation: Installation, signal: AbortSignal): Promise<Origins> {
  const { client, endpoint, roles } = installation;
  if (roles?.includes("data") === true) return installation;
  const hosts = await readHosts(client, signal);
  const isControl = roles !== null || hosts.some(({ publicUrl, ...host }) => publicUrl === endpoint && !runs(host));
  const [first] = functionsAt(hosts);
  return isControl && first !== undefined ? { endpoint: first, tlsEndpoint: null } : installation;
}

/** What is deployed at a process with the role control alone waits for one that runs functions. */
export async function warnWhereNothingRuns(
  { client, roles }: Installation,
  { terminal, signal }: Session,
): Promise<void> {
  if (roles === null || roles.includes("data")) return;
  const hosts = await readHosts(client, signal);
  if (functionsAt(hosts).length === 0) terminal.warn(sayWhereFunctionsAnswer(hosts, calledAs(process.env)));
}

function runs({ roles }: Pick<HostState, "roles">): boolean {
  return roles.includes("data");
}

/** None where this key may not ask, or nobody there knows of processes. */
async function readHosts(client: GustClient, signal: AbortSignal): Promise<readonly HostState[]> {
  try {
    return (await readStatus(client, signal)).hosts;
  } catch (error) {
    if (error instanceof GustApiError) return [];
    throw error;
  }
}

/** Where a process with the role control alone says that functions answer. `called`: how a person calls gust. */
export function sayWhereFunctionsAnswer(hosts: readonly HostState[], called: string): string {
  const at = functionsAt(hosts);
  if (at.length > 0) return `The cloud API answers here, and functions at ${at.join(", ")}.`;
  const line = `DATABASE_URL=… ${called} up --roles data --data DIR --port N`;
  return `The cloud API answers here; no process runs functions yet. Start one on the same database: ${line}`;
}
