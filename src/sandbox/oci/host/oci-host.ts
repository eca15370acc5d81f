import { appendFile } from "node:fs/promises";
import path from "node:path";
import type { SandboxId } from "../../../core/index.ts";
import type { RuntimeProgram } from "../../driver.ts";
import type { StartedBox } from "../boot/booter.ts";
import type { SystemRoot } from "../../system-root.ts";
import { chooseRuntime } from "../boot/choose-runtime.ts";
import { resolvConfWriter } from "../box/resolv-conf-writer.ts";
import type { CgroupLayout } from "../cgroups/cgroup-layout.ts";
import { imageBuilder, type CodeMounts } from "../code/code-mounts.ts";
import type { Mounter } from "../code/mounter.ts";
import { unavailable } from "./check-system.ts";
import { installCommand } from "../../host-programs/host-packages.ts";
import { directoriesOf, prepareHost, type BootRequest, type OciHostOptions } from "./prepare-host.ts";

/** This host, prepared for boxes: what they share, and the two processes that boot them and mount for them. */
export interface OciHost extends AsyncDisposable {
  readonly layout: CgroupLayout;
  readonly mounter: Mounter;
  readonly code: CodeMounts;
  /** What was chosen and why, a sentence each. */
  readonly choices: readonly string[];
  /** The system that boxes see. */
  readonly system: SystemRoot;
  /** The control group of a box. */
  groupOf(id: SandboxId): string;
  /** Changes what all boxes, living ones too, read in `/etc/resolv.conf`. */
  setResolvConf(text: string): Promise<void>;
  /** Gives an address names in all boxes, by their `/etc/hosts`. */
  addNames(address: string, names: readonly string[]): Promise<void>;
  /** Starts a box from its own bundle. */
  boot(request: BootRequest, options: { signal: AbortSignal }): Promise<StartedBox>;
  /** Where programs of a box find `node`, as seen inside. */
  binDirectoryOf(program: Pick<RuntimeProgram, "binDirectory">): string;
  /** Where a box has its files on the host, outside of it. */
  directoriesOf(id: SandboxId): readonly string[];
}

/** Throws a PlatformError that says what is missing when this host cannot run containers. */
export async function openHost(options: OciHostOptions): Promise<OciHost> {
  await using opened = new AsyncDisposableStack();
  const prepared = opened.use(await prepareHost(options));
  const { layout, mounter, code, base, places } = prepared;
  const chosen = await chooseRuntime(prepared.trial);
  if (typeof chosen === "string") throw unavailable(chosen);
  const booter = opened.use(chosen.booter);
  const parts = opened.move();
  return {
    layout,
    mounter,
    code,
    choices: [
      chosen.reason,
      `Control groups are version ${layout.kind.slice(1)}.`,
      codeChoices[code.way](),
      `Boxes see the system of ${base.description}.`,
      ...base.notes,
    ],
    system: prepared.system,
    groupOf: (id) => `${places.groups.boxes}/${id}`,
    setResolvConf: resolvConfWriter(path.join(places.root, "etc/resolv.conf")),
    addNames: async (address, names) =>
      appendFile(path.join(places.root, "etc/hosts"), `${address} ${names.join(" ")}\n`),
    boot: async (request, bootOptions) => prepared.boot(booter, request, bootOptions),
    binDirectoryOf: prepared.binDirectoryOf,
    directoriesOf: (id) => directoriesOf(places, id),
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

const codeChoices = {
  erofs: () => "Code is mounted as EROFS images, without loop devices.",
  "erofs-loop": () =>
    "Code is mounted as EROFS images through loop devices, because this kernel is older than 6.12 or the disk does not allow it without.",
  overlay: () =>
    `Code directories are mounted below read-only overlays, because mkfs.erofs or EROFS itself is missing (${installCommand([imageBuilder])}).`,
} as const;
