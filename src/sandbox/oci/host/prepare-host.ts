import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Logger, SandboxId } from "../../../core/index.ts";
import { buildTools } from "../../build-program.ts";
import type { RuntimeProgram } from "../../driver.ts";
import { Booter, type StartedBox } from "../boot/booter.ts";
import type { RuntimeTrial } from "../boot/choose-runtime.ts";
import { openBaseRoot, type BaseRoot } from "../box/base-root.ts";
import type { SystemRoot } from "../../system-root.ts";
import { boxConfig, insidePaths } from "../box/box-config.ts";
import { Bundles } from "../box/bundles.ts";
import { makeRootDirectory, type InsideDirectory } from "../box/root-directory.ts";
import { joinBooterGroup } from "../cgroups/booter-group.ts";
import type { CgroupLayout } from "../cgroups/cgroup-layout.ts";
import { endGroup } from "../cgroups/end-group.ts";
import {
  installationGroupsOf,
  makeInstallationGroups,
  type InstallationGroups,
} from "../cgroups/installation-groups.ts";
import { refuseAtTaskBound } from "../cgroups/task-bound.ts";
import { checkSystem } from "./check-system.ts";
import { CodeMounts, type CodeMountWay } from "../code/code-mounts.ts";
import { preparedDirectory } from "../../runtime-process/program-commands.ts";
import { Mounter } from "../code/mounter.ts";
import { removeOciLeftovers } from "../leftovers.ts";

/** What is asked of this host. */
export interface OciHostOptions {
  readonly runDirectory: string;
  readonly installation: string;
  readonly logger: Logger;
  readonly runtime?: string;
  readonly rootDirectory?: string;
  readonly packagesDirectory?: string;
  readonly programDirectories?: readonly string[];
  readonly imagesDirectory?: string;
  readonly codeWays?: readonly CodeMountWay[] | undefined;
}

/** This host with everything that boxes share, but without a runtime that has been tried. */
export interface PreparedHost extends AsyncDisposable {
  readonly layout: CgroupLayout;
  readonly mounter: Mounter;
  readonly code: CodeMounts;
  /** What the root of boxes was made of. */
  readonly base: Pick<BaseRoot, "description" | "notes">;
  /** The system that boxes see. */
  readonly system: SystemRoot;
  readonly places: Places;
  /** How to try runtimes here. */
  readonly trial: RuntimeTrial<Booter>;
  /** Where programs of a box find `node`, as seen inside. */
  readonly binDirectoryOf: (program: Pick<RuntimeProgram, "binDirectory">) => string;
  /** Starts a box from its own bundle. */
  boot(booter: Booter, request: BootRequest, options: { signal: AbortSignal }): Promise<StartedBox>;
}

export interface BootRequest {
  readonly id: SandboxId;
  /** As on the host: what lies in a directory that boxes see is translated. */
  readonly command: readonly string[];
  readonly hostId: number;
  readonly networkNamespace: string | null;
}

const runtimes = path.resolve(import.meta.dirname, "../../../../runtimes");

/** Removes what an earlier run left. Throws a PlatformError that says what is missing when this host is nothing for containers. */
export async function prepareHost(options: OciHostOptions): Promise<PreparedHost> {
  const { installation, runDirectory, logger } = options;
  const layout = checkSystem();
  await using opened = new AsyncDisposableStack();
  const mounter = opened.use(new Mounter(logger));
  const places = placesOf(installation, runDirectory);
  const directories = [places.shared, places.boxes, places.images];
  const leftovers = { layout, groups: places.groups, directories, mounter };
  await removeOciLeftovers(leftovers);
  opened.defer(async () => removeOciLeftovers(leftovers));
  makeInstallationGroups(layout, places.groups);
  await makePlaces(places);
  const bundles = opened.use(new Bundles(places.boxes));
  const prepared = preparedDirectory(options);
  await mkdir(prepared, { recursive: true, mode: 0o755 });
  const insides = insidesOf({ ...options, programDirectories: [prepared, ...(options.programDirectories ?? [])] });
  const base = await makeRoot(options, { places, mounter, insides });
  const code = opened.use(await openCode(options, { layout, places, mounter }));
  const boot: PreparedHost["boot"] = async (booter, request, { signal }) =>
    bootBox(booter, request, { layout, places, bundles, installation, insides, signal });
  const parts = opened.move();
  return {
    layout,
    mounter,
    code,
    base,
    system: { directory: places.root, image: options.rootDirectory ?? null },
    places,
    trial: trialOf(options, { layout, places, boot }),
    binDirectoryOf: ({ binDirectory }) =>
      binDirectory === undefined ? path.dirname(insidePaths.interpreter) : asInside(binDirectory, insides),
    boot,
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

/** The prepared system itself is needed no longer than this: what boxes see of it has been bound. */
async function makeRoot(
  { rootDirectory }: OciHostOptions,
  { places, mounter, insides }: { places: Places; mounter: Mounter; insides: readonly InsideDirectory[] },
): Promise<PreparedHost["base"]> {
  await using base = await openBaseRoot(rootDirectory ?? null, { place: path.join(places.private, "base"), mounter });
  await makeRootDirectory({
    directory: places.root,
    base: base.directory,
    insides,
    interpreter: { host: process.execPath, inside: insidePaths.interpreter },
    bind: async (source, place) => mounter.bind(source, place),
  });
  return { description: base.description, notes: base.notes };
}

function openCode(
  { imagesDirectory, codeWays, logger }: OciHostOptions,
  { layout, places, mounter }: Pick<PreparedHost, "layout" | "places" | "mounter">,
): Promise<CodeMounts> {
  return CodeMounts.open({
    images: imagesDirectory ?? places.images,
    places: places.code,
    mounter,
    lowerWeight: (pid) => joinBooterGroup(layout, places.groups.boxes, pid),
    logger,
    ways: codeWays,
  });
}

function trialOf(
  { runtime: wanted, logger }: OciHostOptions,
  { layout, places, boot }: Pick<PreparedHost, "layout" | "places" | "boot">,
): RuntimeTrial<Booter> {
  return {
    wanted: wanted ?? null,
    hybrid: layout.kind === "v1" ? layout.hybrid : null,
    start: async (runtime, hiddenMount) =>
      Booter.start({
        runtime,
        hiddenMount,
        socketPath: path.join(places.private, "boxes.sock"),
        stateRoot: path.join(places.private, "state"),
        onStart: (pid) => joinBooterGroup(layout, places.groups.boxes, pid),
        logger,
      }),
    boot,
    forget: async (id) => {
      await endGroup(layout, `${places.groups.boxes}/${id}`);
      for (const directory of directoriesOf(places, id)) await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Places {
  readonly groups: InstallationGroups;
  /** What boxes must be able to pass through on the way to their root, which a private data directory would forbid. */
  readonly shared: string;
  readonly private: string;
  readonly root: string;
  readonly boxes: string;
  /** Where images are kept that end with this run: what was given no directory to last in. */
  readonly images: string;
  /** Where images are mounted. */
  readonly code: string;
}

function placesOf(installation: string, runDirectory: string): Places {
  const shared = `/run/gust-${installation}`;
  return {
    groups: installationGroupsOf(installation),
    shared,
    private: path.join(shared, "private"),
    root: path.join(shared, "root"),
    boxes: path.join(runDirectory, "boxes"),
    images: path.join(runDirectory, "images"),
    code: path.join(shared, "private", "code"),
  };
}

/** Of one box: its bundle, and what the runtime keeps about it. */
export function directoriesOf({ boxes, private: own }: Places, id: SandboxId): string[] {
  return [path.join(boxes, id), path.join(own, "state", id)];
}

async function makePlaces({ shared, private: own, code, root, boxes }: Places): Promise<void> {
  await mkdir(shared, { mode: 0o711 });
  await mkdir(own, { mode: 0o700 });
  await mkdir(code, { mode: 0o700 });
  await mkdir(root, { mode: 0o755 });
  await mkdir(boxes, { mode: 0o700 });
}

function insidesOf({ packagesDirectory, programDirectories = [] }: OciHostOptions): InsideDirectory[] {
  return [
    { host: runtimes, inside: insidePaths.runtimes },
    ...(packagesDirectory === undefined ? [] : [{ host: packagesDirectory, inside: insidePaths.languages }]),
    ...Object.entries(buildTools)
      .filter(([, host]) => existsSync(host)) // of a system that esbuild has no program for
      .map(([name, host]) => ({ host, inside: `${insidePaths.tools}/${name}` })),
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
  refuseAtTaskBound(layout, places.groups.boxes);
  const config = boxConfig({
    id,
    installation,
    command: command.map((word) => asInside(word, insides)),
    rootDirectory: places.root,
    cgroup: `${places.groups.boxes}/${id}`,
    layout,
    hostId,
    userNamespace: path.join(places.boxes, id, "user-namespace"), // put there by the booter
    hasNetwork: networkNamespace !== null,
  });
  return booter.boot({ id, bundle: await bundles.make(id, config), hostId, networkNamespace }, { signal });
}

/** A path of the host as boxes see it, also behind the `=` of an option; anything else stays. */
function asInside(word: string, insides: readonly InsideDirectory[]): string {
  if (word === process.execPath) return insidePaths.interpreter;
  const option = /^-[^=/]*=(?=\/)/.exec(word)?.[0] ?? "";
  const file = word.slice(option.length);
  const found = insides.find(({ host }) => file.startsWith(`${host}/`));
  return found === undefined ? word : option + found.inside + file.slice(found.host.length);
}
