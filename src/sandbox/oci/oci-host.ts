import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { PlatformError, type Logger, type SandboxId } from "../../core/index.ts";
import { Booter, type StartedBox } from "./boot/booter.ts";
import { chooseRuntime } from "./boot/choose-runtime.ts";
import { boxConfig, insidePaths } from "./box/box-config.ts";
import { Bundles } from "./box/bundles.ts";
import { resolvConfWriter } from "./box/resolv-conf-writer.ts";
import { makeRootDirectory, type InsideDirectory } from "./box/root-directory.ts";
import { joinBooterGroup } from "./cgroups/booter-group.ts";
import { readCgroupLayout, type CgroupLayout } from "./cgroups/cgroup-layout.ts";
import { endGroup } from "./cgroups/end-group.ts";
import { CodeMounts } from "./code/code-mounts.ts";
import { Mounter } from "./code/mounter.ts";
import { removeOciLeftovers } from "./leftovers.ts";

/** What is asked of this host. */
export interface OciHostOptions {
  readonly runDirectory: string;
  readonly installation: string;
  readonly logger: Logger;
  readonly runtime?: string;
  readonly rootDirectory?: string;
  readonly programDirectories?: readonly string[];
}

/** This host, prepared for boxes: what they share, and the two processes that boot them and mount for them. */
export interface OciHost extends AsyncDisposable {
  readonly layout: CgroupLayout;
  readonly mounter: Mounter;
  readonly code: CodeMounts;
  /** What was chosen and why, a sentence each. */
  readonly choices: readonly string[];
  /** The control group of a box. */
  groupOf(id: SandboxId): string;
  /** Changes what all boxes, living ones too, read in `/etc/resolv.conf`. */
  setResolvConf(text: string): Promise<void>;
  /** Starts a box from its own bundle. */
  boot(request: BootRequest, options: { signal: AbortSignal }): Promise<StartedBox>;
  /** Where a box has its files on the host, outside of it. */
  directoriesOf(id: SandboxId): readonly string[];
}

interface BootRequest {
  readonly id: SandboxId;
  /** As on the host: what lies in a directory that boxes see is translated. */
  readonly command: readonly string[];
  readonly hostId: number;
  readonly networkNamespace: string | null;
}

const runtimes = path.resolve(import.meta.dirname, "../../../runtimes");

/** Throws a PlatformError that says what is missing when this host cannot run containers. */
export async function openHost(options: OciHostOptions): Promise<OciHost> {
  const { installation, runDirectory, logger } = options;
  const layout = await layoutOfHost();
  await using opened = new AsyncDisposableStack();
  const mounter = opened.use(new Mounter(logger));
  const places = placesOf(installation, runDirectory);
  const leftovers = { layout, group: places.group, directories: [places.shared, places.boxes, places.images], mounter };
  await removeOciLeftovers(leftovers);
  opened.defer(async () => removeOciLeftovers(leftovers));
  await makePlaces(places);
  const bundles = opened.use(new Bundles(places.boxes));
  const insides = insidesOf(options.programDirectories ?? []);
  await makeRootDirectory({
    directory: places.root,
    base: options.rootDirectory ?? null,
    insides,
    interpreter: { host: process.execPath, inside: insidePaths.interpreter },
    bind: async (source, place) => mounter.bind(source, place),
  });
  const code = opened.use(await CodeMounts.open({ images: places.images, places: places.code, mounter, logger }));
  const bootWith = (booter: Booter, request: BootRequest, { signal }: { signal: AbortSignal }): Promise<StartedBox> =>
    bootBox(booter, request, { layout, places, bundles, installation, insides, signal });
  const chosen = await chooseRuntime({
    wanted: options.runtime ?? null,
    hybrid: layout.kind === "v1" ? layout.hybrid : null,
    start: async (runtime, hiddenMount) =>
      Booter.start({
        runtime,
        hiddenMount,
        socketPath: path.join(places.private, "boxes.sock"),
        stateRoot: path.join(places.private, "state"),
        onStart: (pid) => joinBooterGroup(layout, places.group, pid),
        logger,
      }),
    boot: bootWith,
    forget: async (id) => {
      await endGroup(layout, `${places.group}/${id}`);
      for (const directory of directoriesOf(places, id)) await rm(directory, { recursive: true, force: true });
    },
  });
  if (typeof chosen === "string") throw unavailable(chosen);
  const booter = opened.use(chosen.booter);
  const parts = opened.move();
  return {
    layout,
    mounter,
    code,
    choices: [chosen.reason, `Control groups are version ${layout.kind.slice(1)}.`, codeChoices[code.way]],
    groupOf: (id) => `${places.group}/${id}`,
    setResolvConf: resolvConfWriter(path.join(places.root, "etc/resolv.conf")),
    boot: async (request, bootOptions) => bootWith(booter, request, bootOptions),
    directoriesOf: (id) => directoriesOf(places, id),
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

const codeChoices = {
  erofs: "Code is mounted as EROFS images, without loop devices.",
  "erofs-loop": "Code is mounted as EROFS images through loop devices, because this kernel is older than 6.12.",
  directory:
    "Code directories are mounted as they are, read-only, because mkfs.erofs or EROFS itself is missing (apt-get install erofs-utils).",
} as const;

interface Places {
  readonly group: string;
  /** What boxes must be able to pass through on the way to their root, which a private data directory would forbid. */
  readonly shared: string;
  readonly private: string;
  readonly root: string;
  readonly boxes: string;
  readonly images: string;
  /** Where images are mounted. */
  readonly code: string;
}

function placesOf(installation: string, runDirectory: string): Places {
  const shared = `/run/gust-${installation}`;
  return {
    group: `/gust-${installation}`,
    shared,
    private: path.join(shared, "private"),
    root: path.join(shared, "root"),
    boxes: path.join(runDirectory, "boxes"),
    images: path.join(runDirectory, "images"),
    code: path.join(shared, "private", "code"),
  };
}

/** Of one box: its bundle, and what the runtime keeps about it. */
function directoriesOf({ boxes, private: own }: Places, id: SandboxId): string[] {
  return [path.join(boxes, id), path.join(own, "state", id)];
}

async function makePlaces({ shared, private: own, code, root, boxes, images }: Places): Promise<void> {
  await mkdir(shared, { mode: 0o711 });
  await mkdir(own, { mode: 0o700 });
  await mkdir(code, { mode: 0o700 });
  await mkdir(root, { mode: 0o755 });
  await mkdir(boxes, { mode: 0o700 });
  await mkdir(images, { mode: 0o700 });
}

async function layoutOfHost(): Promise<CgroupLayout> {
  if (process.platform !== "linux") throw unavailable("containers need Linux");
  if (process.getuid?.() !== 0) throw unavailable("containers need root");
  const layout = readCgroupLayout(await readFile("/proc/self/mountinfo", "utf8"));
  if (typeof layout === "string") throw unavailable(layout);
  return layout;
}

export function unavailable(why: string): PlatformError {
  return new PlatformError("InsufficientResources", `Containers cannot be used on this host: ${why}`);
}

function insidesOf(programDirectories: readonly string[]): InsideDirectory[] {
  return [
    { host: runtimes, inside: insidePaths.runtimes },
    ...programDirectories.map((host, index) => ({ host, inside: `${insidePaths.programs}/${index}` })),
  ];
}

interface BootSurroundings {
  readonly layout: CgroupLayout;
  readonly places: Places;
  readonly bundles: Bundles;
  readonly installation: string;
  readonly insides: readonly InsideDirectory[];
  readonly signal: AbortSignal;
}

async function bootBox(
  booter: Booter,
  { id, command, hostId, networkNamespace }: BootRequest,
  { layout, places, bundles, installation, insides, signal }: BootSurroundings,
): Promise<StartedBox> {
  const config = boxConfig({
    id,
    installation,
    command: command.map((word) => asInside(word, insides)),
    rootDirectory: places.root,
    cgroup: `${places.group}/${id}`,
    layout,
    hostId,
    networkNamespace,
  });
  return booter.boot(id, await bundles.make(id, config), { signal });
}

/** A path of the host as boxes see it; anything else stays. */
function asInside(word: string, insides: readonly InsideDirectory[]): string {
  if (word === process.execPath) return insidePaths.interpreter;
  const found = insides.find(({ host }) => word.startsWith(`${host}/`));
  return found === undefined ? word : found.inside + word.slice(found.host.length);
}
