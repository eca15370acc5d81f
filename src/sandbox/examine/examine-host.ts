import { realpath } from "node:fs/promises";
import { hasAptGet, installCommand, packagesOf } from "../host-programs/host-packages.ts";
import { installationOf } from "../oci/oci-driver.ts";
import type { OpenDriverOptions, SandboxChoice } from "../open-driver.ts";
import { hostRoot } from "../system-root.ts";
import { checkSystemParts, type HostCheck } from "./host-check.ts";
import { findMissingPrograms } from "./missing-programs.ts";
import { checkResources } from "./resources.ts";
import { checkLanguages, listUntried, tryBoxes } from "./try-boxes.ts";
import { tryNetwork } from "./try-network.ts";

/** What packages would bring, and what they could not. */
export interface MissingPackages {
  /** By the names of this distribution. */
  readonly packages: readonly string[];
  /** The command for this user; null: nothing is to be installed. */
  readonly install: string | null;
  /** Whether `gust up` and `gust doctor --install` can do that, given root. */
  readonly hasAptGet: boolean;
  /** Why no package helps this server to containers; null: nothing is known that stands against them. */
  readonly obstacle: string | null;
}

export interface HostReport extends MissingPackages {
  /** What the settings say. */
  readonly choice: SandboxChoice;
  /** What a server would use; null: it would refuse to start. */
  readonly driver: "oci" | "process" | null;
  readonly why: string;
  readonly checks: readonly HostCheck[];
}

/** What a server would open its sandboxes with, and where to try that. */
export interface ExamineOptions extends Pick<OpenDriverOptions, "runtime" | "rootDirectory" | "network" | "logger"> {
  readonly choice: SandboxChoice;
  readonly dataDirectory: string;
  /** The server's, which is not touched. */
  readonly runDirectory: string;
  /** Gives a directory for this alone, on the disk that the server uses. */
  readonly openTrial: () => Promise<AsyncDisposable & { readonly runDirectory: string }>;
  readonly signal: AbortSignal;
}

/** Looks at this host with the code that opens the sandboxes of a server, goes on where that stops, and leaves nothing behind. */
export async function examineHost(options: ExamineOptions): Promise<HostReport> {
  const system = checkSystemParts();
  const lacking = system.find(({ outcome }) => outcome !== "pass");
  const boxes = lacking === undefined ? await tryAll(options) : await lookOnly(options, lacking.found);
  options.signal.throwIfAborted();
  const checks = [
    ...system,
    ...boxes,
    ...(boxes.some(({ name }) => name === "php") ? [] : checkLanguages(hostRoot)), // those of an image are known with its boxes
    ...(await checkResources(options.dataDirectory)),
  ];
  return { choice: options.choice, ...verdict(options.choice, checks), checks, ...findMissingPackages(options) };
}

/** At a glance, without trying anything. */
export function findMissingPackages({ runtime }: Pick<ExamineOptions, "runtime">): MissingPackages {
  const programs = findMissingPrograms(runtime ?? null);
  const obstacle = checkSystemParts().find(({ name, outcome }) => outcome !== "pass" && name !== "perl");
  return {
    packages: packagesOf(programs),
    install: programs.length === 0 ? null : installCommand(programs),
    hasAptGet: hasAptGet(),
    obstacle: obstacle?.found ?? null,
  };
}

async function tryAll(options: ExamineOptions): Promise<HostCheck[]> {
  await using trial = await options.openTrial();
  const runDirectory = await realpath(trial.runDirectory);
  const installation = installationOf(runDirectory);
  const { logger, network, signal } = options;
  const boxes = await tryBoxes({ ...options, runDirectory, installation }, signal);
  signal.throwIfAborted();
  const trialFor = installationOf(options.runDirectory);
  return [...boxes, ...(await tryNetwork({ ...network, installation, logger, poolSize: 1, trialFor }))];
}

async function lookOnly({ runtime }: ExamineOptions, why: string): Promise<HostCheck[]> {
  return [...(await listUntried(runtime ?? null, why)), ...(await tryNetwork({ untried: why }))];
}

/** As openDriver decides: containers need everything that is needed. */
function verdict(choice: SandboxChoice, checks: readonly HostCheck[]): Pick<HostReport, "driver" | "why"> {
  if (choice === "process") return { driver: "process", why: "GUST_SANDBOX=process was set" };
  const needed = checks.filter(({ isNeeded }) => isNeeded);
  const lacking = needed.filter(({ outcome }) => outcome === "missing").map(({ found }) => found);
  if (lacking.length === 0) return { driver: "oci", why: "everything that they need is here" };
  return { driver: choice === "oci" ? null : "process", why: lacking.join("; ") };
}
