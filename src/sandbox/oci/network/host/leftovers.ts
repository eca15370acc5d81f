import { readdir } from "node:fs/promises";
import { releaseRange } from "./claim-range.ts";
import { nameInstallation, type InstallationNames } from "./installation-names.ts";
import { runProgram } from "./run-program.ts";

/**
 * Removes every interface, rule and route of one installation from this host, and nothing else. Namespaces have no name: they are gone
 * with their last process. Interfaces go first, so that no box is ever without its fence.
 */
export async function removeLeftovers(installation: string): Promise<void> {
  const names = nameInstallation(installation);
  await removeInterfaces(names);
  await runProgram("nft", ["-f", "-"], `table inet ${names.table}\ndelete table inet ${names.table}\n`);
  await releaseRange(names);
}

/** A whole group at a time: one by one the kernel waits 30 ms for each. */
async function removeInterfaces({ interfacePrefix, openGroup, cutGroup }: InstallationNames): Promise<void> {
  let complaint: unknown;
  for (const group of [openGroup, cutGroup]) {
    if ((await listInterfaces(interfacePrefix)).length === 0) return;
    await runProgram("ip", ["link", "delete", "group", String(group)]).catch((error: unknown) => {
      complaint = error; // also when no interface is of this group
    });
  }
  const left = await listInterfaces(interfacePrefix);
  if (left.length === 0) return;
  throw new Error(`Interfaces of an earlier run cannot be removed: ${left.join(", ")}`, { cause: complaint });
}

async function listInterfaces(prefix: string): Promise<readonly string[]> {
  return (await readdir("/sys/class/net")).filter((name) => name.startsWith(prefix));
}
