import { PlatformError } from "../../core/index.ts";

/** What a failed statement's message says about the database's side. */
export interface DatabasePlace {
  /** Never with a password: `the embedded PostgreSQL in /var/lib/gust/postgres`, `PostgreSQL at db:5432`. */
  readonly name: string;
  /** Whether a full disk explains that the server is away; false where the disk is not ours to look at. */
  isDiskFull(): Promise<boolean>;
  /** A sentence on the full disk. */
  describeFullDisk(): Promise<string>;
}

const diskFull = "53100";
/** Classes and codes that say "not now" of the server itself: connection, resources, operator, its files. */
const awayCodes = /^(08|53|57|58)/;
/** Wrong user or password; no such database. */
const notLetIn = /^(28|3D)/;
const awayFileErrors = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EACCES",
]);
const awayMessages =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout|Cannot use a pool after|Client was closed|Connection ended/i;

/** Turns what `pg` rejects with into an error of the catalogue; broken rules of the schema (class 23) stay as they are, for the caller. */
export async function toPlatformError(error: unknown, place: DatabasePlace): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof PlatformError || !("code" in error || isAway(error))) return error;
  const code = "code" in error ? String(error.code) : "";
  if (code === diskFull || /No space left on device/.test(error.message)) {
    return new PlatformError("StoreUnavailable", await place.describeFullDisk(), { cause: error });
  }
  if (code.startsWith("23")) return error;
  if (isAway(error)) {
    if (await place.isDiskFull()) {
      return new PlatformError("StoreUnavailable", await place.describeFullDisk(), { cause: error });
    }
    const message = `The database does not answer (${place.name}: ${error.message}). Calls of functions go on; try this again in a moment.`;
    return new PlatformError("StoreUnavailable", message, { cause: error, retryAfterS: 1 });
  }
  if (notLetIn.test(code)) {
    const message = `${place.name} does not let this server in: ${error.message}. Check user, password and database in DATABASE_URL.`;
    return new PlatformError("StoreUnavailable", message, { cause: error });
  }
  return new PlatformError("InternalError", `The database refused a statement: ${error.message}`, { cause: error });
}

/** Whether the server, and not the statement, is the reason. */
export function isAway(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return awayCodes.test(code) || awayFileErrors.has(code) || awayMessages.test(error.message);
}

/** A row that others refer to was to be deleted, or one that is not there was referred to. */
export function breaksReference(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "23503";
}
