import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../core/index.ts";
import { knownRuntimes, tryRuntimes, type TriedRuntime } from "../oci/boot/choose-runtime.ts";
import { imageBuilder, type CodeMountWay } from "../oci/code/code-mounts.ts";
import { findProgram } from "../host-programs/find-program.ts";
import { installCommand, type NeededProgram } from "../host-programs/host-packages.ts";
import { prepareHost, type OciHostOptions, type PreparedHost } from "../oci/host/prepare-host.ts";
import type { SystemRoot } from "../system-root.ts";
import { checkJava } from "./check-java.ts";
import { asRoot, missing, pass, untried, type HostCheck } from "./host-check.ts";
import { checkInterpreters } from "./interpreters.ts";

/** Prepares this host as a server does and runs a box with each runtime, then removes everything. */
export async function tryBoxes(options: OciHostOptions, signal: AbortSignal): Promise<HostCheck[]> {
  try {
    await using host = await prepareHost(options);
    const tried: TriedRuntime<AsyncDisposable>[] = [];
    for await (const runtime of tryRuntimes(host.trial)) {
      if (typeof runtime.outcome !== "string") await runtime.outcome.booter[Symbol.asyncDispose]();
      tried.push(runtime);
      signal.throwIfAborted();
    }
    const works = tried.some(({ outcome }) => typeof outcome !== "string");
    const runtimes = await Promise.all(tried.map((runtime) => checkRuntime(runtime, works)));
    const languages = options.rootDirectory === undefined ? [] : checkLanguages(host.system);
    return [...checkRoot(host.base), ...runtimes, checkCode(host.code.way), ...languages];
  } catch (error) {
    signal.throwIfAborted();
    const why = messageOf(error);
    return [missing("boxes' files", why, null), ...(await listUntried(options.runtime ?? null, "no box can be made"))];
  }
}

/** What functions run on, in the system that they see. */
export function checkLanguages(root: SystemRoot): HostCheck[] {
  return [...checkInterpreters(root), checkJava(root)];
}

function checkRoot({ description, notes }: PreparedHost["base"]): HostCheck[] {
  const files = pass("boxes' files", `mounted from ${description}, read-only`);
  return [files, ...notes.map((note) => missing("boxes' system", note.replace(/\.$/, ""), null, false))];
}

/** What is installed, where boxes cannot be tried. */
export async function listUntried(wanted: string | null, why: string): Promise<HostCheck[]> {
  const names = wanted === null ? knownRuntimes : [wanted];
  const hasOne = names.some((name) => findProgram(name) !== null);
  const checks = names.map(async (name): Promise<HostCheck> => {
    const program = findProgram(name);
    if (program !== null) return untried(name, `${await versionOf(program)}; no box was started: ${why}`);
    return absent(name, !hasOne && name === names[0]);
  });
  const builder = findProgram(imageBuilder);
  return [
    ...(await Promise.all(checks)),
    builder === null
      ? checkCode("overlay")
      : { ...untried("code images", `${builder} is there; nothing was mounted: ${why}`), isNeeded: false },
  ];
}

async function checkRuntime(
  { name, program, outcome }: TriedRuntime<AsyncDisposable>,
  works: boolean,
): Promise<HostCheck> {
  if (program === null) return absent(name, !works && name === knownRuntimes[0]);
  const version = await versionOf(program);
  if (typeof outcome === "string") return missing(name, `${version}; ${outcome}`, null, !works);
  const view = outcome.hiddenMount === null ? "" : `, in a view of this host without ${outcome.hiddenMount}`;
  return pass(name, `${version}; a box ran and ended${view}`);
}

function absent(name: string, isNeeded: boolean): HostCheck {
  const known = knownRuntimes.find((it) => it === name);
  return missing(name, `${name} is not installed`, known === undefined ? null : installCommand([known]), isNeeded);
}

function checkCode(way: CodeMountWay): HostCheck {
  const name = "code images";
  if (way === "erofs") return pass(name, "EROFS, without loop devices");
  if (way === "erofs-loop")
    return pass(
      name,
      "EROFS through loop devices: this kernel is older than 6.12, or the disk does not allow it without",
    );
  const instead = "directories are mounted below read-only overlays instead";
  const program: NeededProgram = imageBuilder;
  if (findProgram(program) !== null)
    return missing(name, `this kernel mounts no EROFS; ${instead}`, asRoot("modprobe erofs"), false);
  return missing(name, `${program} is not installed; ${instead}`, installCommand([program]), false);
}

const versionBoundMs = 5_000;

/** The first line that it says of itself. */
async function versionOf(program: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ["--version"], { timeout: versionBoundMs });
    return stdout.split("\n")[0]?.trim() ?? program;
  } catch (error) {
    return `${program} does not say its version (${error instanceof Error ? error.message.split("\n")[0] : ""})`;
  }
}
