import { knownRuntimes } from "../oci/boot/choose-runtime.ts";
import { findProgram } from "../host-programs/find-program.ts";
import type { NeededProgram } from "../host-programs/host-packages.ts";

const besideRuntime = ["nft", "ip", "perl", "mkfs.erofs"] as const;

/** Programs that a package could bring. A runtime that was set and that we know no package of is the administrator's to install. */
export function findMissingPrograms(wantedRuntime: string | null): NeededProgram[] {
  return [...missingRuntime(wantedRuntime), ...besideRuntime.filter((program) => findProgram(program) === null)];
}

function missingRuntime(wanted: string | null): NeededProgram[] {
  if (wanted === null) return knownRuntimes.some((name) => findProgram(name) !== null) ? [] : [knownRuntimes[0]];
  return knownRuntimes.filter((name) => name === wanted && findProgram(name) === null);
}
