import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { failed, isForbidden } from "../failure.ts";

const run = promisify(execFile);

/** What became of one place where programs look for authorities that they trust. */
export interface StoreOutcome {
  readonly store: string;
  readonly state: "done" | "absent" | "forbidden";
  /** What a person may want to know or do. */
  readonly note: string;
}

export interface TrustPlaces {
  /** Of the person whose browsers are meant. */
  readonly homeDirectory: string;
  /** Where that person's programs keep what is theirs: `~/.local/share`, unless XDG_DATA_HOME says otherwise. */
  readonly userDataDirectory: string;
  /** Debian's place for authorities that its administrator trusts. */
  readonly systemDirectory: string;
}

export const ownPlaces: TrustPlaces = {
  homeDirectory: os.homedir(),
  userDataDirectory: process.env["XDG_DATA_HOME"] || path.join(os.homedir(), ".local", "share"),
  systemDirectory: "/usr/local/share/ca-certificates",
};

/** Has the system and this person's browsers trust an authority, or no longer. Doing it twice changes nothing. */
export async function changeTrust(
  certificateFile: string,
  change: "trust" | "distrust",
  places: TrustPlaces,
): Promise<StoreOutcome[]> {
  const name = nameOf(await fs.readFile(certificateFile, "utf8"));
  const outcomes = [await changeSystem(certificateFile, change, name, places)];
  const databases = nssDatabases(places);
  if (databases.length === 0 && change === "distrust") return outcomes;
  if (databases.length === 0) {
    const note = `none has a store in ${places.homeDirectory} yet: it is made when a browser opens its first page, and this command finds it then`;
    return [...outcomes, { store: "browsers", state: "absent", note }];
  }
  if (!(await hasCertutil())) {
    const note = "Debian's package libnss3-tools has certutil, which browsers' stores need";
    return [...outcomes, { store: "browsers", state: "absent", note }];
  }
  for (const database of databases) outcomes.push(await changeDatabase(certificateFile, change, name, database));
  return outcomes;
}

/** The same for the same authority, and another for another one. */
function nameOf(pem: string): string {
  const digits = new X509Certificate(pem).fingerprint256.replaceAll(":", "").slice(0, 16).toLowerCase();
  return `gust-${digits}`;
}

/** curl, wget, git, Python, PHP and the like. */
async function changeSystem(
  certificateFile: string,
  change: "trust" | "distrust",
  name: string,
  { systemDirectory }: TrustPlaces,
): Promise<StoreOutcome> {
  const store = "system";
  if (!existsSync(systemDirectory)) {
    return {
      store,
      state: "absent",
      note: `there is no ${systemDirectory}: Debian's package ca-certificates is missing`,
    };
  }
  const file = path.join(systemDirectory, `${name}.crt`);
  try {
    if (change === "trust") await fs.copyFile(certificateFile, file);
    else await fs.rm(file, { force: true });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { store, state: "forbidden", note: "only root may change it" };
  }
  await update(change === "trust" ? [] : ["--fresh"]);
  return { store, state: "done", note: file };
}

async function update(options: readonly string[]): Promise<void> {
  try {
    await run("update-ca-certificates", options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw failed(`The system's store of authorities could not be updated: ${reason}`, { cause });
  }
}

/** Chromium's and Chrome's, which since version 146 have the second unless the first is there, and each of Firefox's profiles; those that exist. */
function nssDatabases({ homeDirectory, userDataDirectory }: TrustPlaces): string[] {
  const firefox = path.join(homeDirectory, ".mozilla", "firefox");
  const profiles = existsSync(firefox) ? readdirSync(firefox).map((profile) => path.join(firefox, profile)) : [];
  const shared = [path.join(homeDirectory, ".pki", "nssdb"), path.join(userDataDirectory, "pki", "nssdb")];
  const candidates = [...shared, ...profiles];
  return candidates.filter((directory) => existsSync(path.join(directory, "cert9.db")));
}

async function hasCertutil(): Promise<boolean> {
  const directories = (process.env["PATH"] ?? "").split(":");
  return directories.some((directory) => existsSync(path.join(directory, "certutil")));
}

async function changeDatabase(
  certificateFile: string,
  change: "trust" | "distrust",
  name: string,
  directory: string,
): Promise<StoreOutcome> {
  const database = `sql:${directory}`;
  const isThere = await run("certutil", ["-L", "-d", database, "-n", name]).then(
    () => true,
    () => false, // it says so by its exit code
  );
  try {
    if (change === "trust" && !isThere) {
      await run("certutil", ["-A", "-d", database, "-t", "C,,", "-n", name, "-i", certificateFile]);
    }
    if (change === "distrust" && isThere) await run("certutil", ["-D", "-d", database, "-n", name]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw failed(`The browser's store in ${directory} could not be changed: ${reason}`, { cause });
  }
  return { store: "browser", state: "done", note: directory };
}
