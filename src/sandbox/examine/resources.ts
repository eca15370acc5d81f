import { constants, existsSync } from "node:fs";
import { access, statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { missing, pass, type HostCheck } from "./host-check.ts";

const gibibyte = 1024 ** 3;
/** A server with its database and a few functions takes about half of that. */
const littleMemory = gibibyte / 2;
/** Packages of functions, the database and its log. */
const littleDisk = gibibyte;

/** Memory, disk and data directory: no container fails without them, but a server soon would. */
export async function checkResources(dataDirectory: string): Promise<HostCheck[]> {
  const existing = nearestExisting(dataDirectory);
  const free = os.freemem(); // what the kernel calls available
  const memory = `${inGigabytes(free)} available of ${inGigabytes(os.totalmem())}, ${os.availableParallelism()} processors`;
  const { bavail, bsize } = await statfs(existing);
  const disk = `${inGigabytes(bavail * bsize)} free under ${existing}`;
  return [
    amount("memory", memory, free >= littleMemory),
    amount("disk", disk, bavail * bsize >= littleDisk),
    await checkDirectory(dataDirectory, existing),
  ];
}

function amount(name: string, found: string, isEnough: boolean): HostCheck {
  return isEnough ? pass(name, found, false) : missing(name, `${found}: that is little`, null, false);
}

async function checkDirectory(dataDirectory: string, existing: string): Promise<HostCheck> {
  const name = "data directory";
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch {
    const found = `${existing} may not be written by this user, so that gust up does not start`;
    return missing(name, found, "gust up --data DIR", false);
  }
  return pass(name, existing === dataDirectory ? dataDirectory : `${dataDirectory}, made by the first start`, false);
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(path.dirname(directory));
}

function inGigabytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GB`;
}
