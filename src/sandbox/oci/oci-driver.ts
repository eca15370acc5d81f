import { createHash } from "node:crypto";
import { mkdir, realpath, rm } from "node:fs/promises";
import { insideApiNames, messageOf, PlatformError, type Logger } from "../../core/index.ts";
import type { Box, RuntimeProgram, Sandbox, SandboxCapabilities, SandboxDriver } from "../driver.ts";
import { preparedDirectory, ProgramCommands } from "../runtime-process/program-commands.ts";
import { defaultReadyTimeoutMs, waitForReady } from "../runtime-process/wait-for-ready.ts";
import { unclaimedLimits } from "./box/box-config.ts";
import { IdRanges } from "./box/id-ranges.ts";
import { BoxCgroup } from "./cgroups/box-cgroup.ts";
import type { CodeMountWay } from "./code/code-mounts.ts";
import { endGroup } from "./cgroups/end-group.ts";
import { unavailable } from "./host/check-system.ts";
import { openHost, type OciHost } from "./host/oci-host.ts";
import type { BoxNetwork } from "./network/box-network.ts";
import type { BoxNetworks } from "./network/box-networks.ts";
import { OciSandbox } from "./oci-sandbox.ts";

export interface OciDriverOptions {
  /** Of this installation alone. */
  readonly runDirectory: string;
  readonly logger: Logger;
  /** Opens the networks of boxes, for an installation of this name. Without it every box has an empty one of its own. */
  readonly openNetworks?: (installation: string) => Promise<BoxNetworks>;
  /** Program of the OCI runtime; by default crun or runc, whichever works. */
  readonly runtime?: string;
  /** A prepared file system whose `/usr` and `/etc` take the place of the host's. */
  readonly rootDirectory?: string;
  /** Holds the interpreters that were fetched; boxes see it as `/var/lang`. */
  readonly packagesDirectory?: string;
  /** Directories beside `runtimes/` that hold programs to run in boxes. */
  readonly programDirectories?: readonly string[];
  /** Where images of code are kept over restarts, by the hash that their directory is named after; absent: they are made anew after each. */
  readonly imagesDirectory?: string;
  /** How code may be mounted, for tests of ways that this host would not choose; all, the cheapest first, when absent. */
  readonly codeWays?: readonly CodeMountWay[];
  /** How long a runtime may take to say READY. */
  readonly readyTimeoutMs?: number;
}

const disposeBoundMs = 4_000;

/**
 * Removes what an earlier run on the same directory left, then makes boxes that are containers. Throws a PlatformError that says what is missing
 * when this host cannot run them.
 */
export async function createOciDriver(options: OciDriverOptions): Promise<SandboxDriver> {
  await mkdir(options.runDirectory, { recursive: true, mode: 0o700 });
  const runDirectory = await realpath(options.runDirectory); // one installation, whatever links lead to it
  const installation = installationOf(runDirectory);
  await using undo = new AsyncDisposableStack();
  const host = undo.use(await openHost({ ...options, runDirectory, installation }));
  const networks = await openNetworks(options, installation);
  undo.use(networks);
  if (networks !== null) await host.addNames(networks.apiAddress, insideApiNames);
  undo.move();
  return new OciDriver({ ...options, runDirectory }, host, networks, installation);
}

/** What everything of an installation on the host is named after. */
export function installationOf(runDirectory: string): string {
  return createHash("sha256").update(runDirectory).digest("hex").slice(0, 16);
}

async function openNetworks(
  { openNetworks: open }: OciDriverOptions,
  installation: string,
): Promise<BoxNetworks | null> {
  try {
    return (await open?.(installation)) ?? null;
  } catch (error) {
    throw unavailable(`its network cannot be fenced: ${messageOf(error)}`);
  }
}

class OciDriver implements SandboxDriver {
  readonly #options: OciDriverOptions;
  readonly #host: OciHost;
  readonly #networks: BoxNetworks | null;
  readonly #ids: IdRanges;
  readonly #commands: ProgramCommands;
  readonly #sandboxes = new Set<OciSandbox>();
  readonly #boots = new Set<Promise<unknown>>();
  #isDisposed = false;

  constructor(options: OciDriverOptions, host: OciHost, networks: BoxNetworks | null, installation: string) {
    this.#options = options;
    this.#host = host;
    this.#networks = networks;
    this.#ids = new IdRanges(installation);
    this.#commands = new ProgramCommands(preparedDirectory(options));
  }

  capabilities(): SandboxCapabilities {
    return {
      driver: "oci",
      isolatesFiles: true,
      isolatesNetwork: true,
      limitsMemory: true,
      limitsProcesses: true,
      canFreeze: true,
      warnings: this.#networks?.warnings ?? [],
      ...(this.#networks === null ? {} : { boxRange: this.#networks.range }),
      notes: [...this.#host.choices, "Event and HTTP functions stand still between calls."],
    };
  }

  lacks({ missing }: RuntimeProgram): string | null {
    return missing?.(this.#host.system) ?? null;
  }

  async create(box: Box, { signal }: { signal: AbortSignal }): Promise<Sandbox> {
    signal.throwIfAborted();
    this.#refuseAfterEnd();
    const booting = this.#boot(box, signal);
    this.#boots.add(booting);
    const sandbox = await booting.finally(() => this.#boots.delete(booting));
    try {
      const timeoutMs = this.#options.readyTimeoutMs ?? defaultReadyTimeoutMs;
      await waitForReady(box, sandbox, { timeoutMs, signal });
      return sandbox;
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
  }

  async prepareCode(codeDirectory: string, { signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    (await this.#host.code.acquire(codeDirectory, { isAhead: true }))[Symbol.dispose]();
  }

  async openApi(port: number): Promise<string | null> {
    if (this.#networks === null) return null;
    await this.#networks.openApi(port);
    return `http://${insideApiNames[0]}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await using parts = new AsyncDisposableStack();
    parts.use(this.#networks); // after the host, which ends what is still in them; also when that fails
    parts.use(this.#host);
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(late.resolve, disposeBoundMs, "late");
    const all = Promise.allSettled(this.#boots).then(async () =>
      Promise.all([...this.#sandboxes].map((sandbox) => sandbox.kill())),
    );
    const outcome = await Promise.race([all, late.promise]);
    clearTimeout(timer);
    if (outcome === "late") {
      const fields = { sandboxes: this.#sandboxes.size, boundMs: disposeBoundMs };
      this.#options.logger.error(fields, "Sandboxes did not end in time");
    }
  }

  #refuseAfterEnd(): void {
    if (this.#isDisposed) throw new PlatformError("InsufficientResources", "The server is stopping");
  }

  async #boot(box: Box, signal: AbortSignal): Promise<OciSandbox> {
    const { logger } = this.#options;
    const command = await this.#commands.of(box.program, { signal });
    await using parts = new AsyncDisposableStack();
    const { hostId } = parts.use(this.#ids.take());
    const network: BoxNetwork | null = parts.use((await this.#networks?.take({ signal })) ?? null);
    this.#refuseAfterEnd(); // the host is not there for long, or no more
    if (this.#networks !== null) await this.#host.setResolvConf(this.#networks.resolvConf());
    parts.defer(async () => this.#removeDirectories(box));
    const cgroup = new BoxCgroup(this.#host.layout, this.#host.groupOf(box.id), unclaimedLimits);
    const request = {
      id: box.id,
      command,
      hostId,
      networkNamespace: network?.namespacePath ?? null,
    };
    const kept = parts.move();
    const started = await this.#host.boot(request, { signal }).catch(async (error: unknown) => {
      await this.#endUnstarted(box, kept);
      throw error;
    });
    const { code, mounter } = this.#host;
    const release = async (): Promise<void> => kept.disposeAsync();
    const binDirectory = this.#host.binDirectoryOf(box.program);
    const surroundings = { cgroup, network, code, mounter, logger, binDirectory, release };
    const sandbox = new OciSandbox(box.id, started, surroundings);
    this.#sandboxes.add(sandbox);
    if (this.#isDisposed) void sandbox.kill();
    void sandbox.ended.then(() => this.#sandboxes.delete(sandbox));
    return sandbox;
  }

  /** A runtime that fails half-way, or whose booter dies, may leave a box that runs: what it has is given away only when it is gone. */
  async #endUnstarted({ id }: Box, parts: AsyncDisposableStack): Promise<void> {
    try {
      await endGroup(this.#host.layout, this.#host.groupOf(id));
      await parts.disposeAsync();
    } catch (error) {
      this.#options.logger.error(
        { sandbox: id, err: error },
        "Something of a box that did not start stays on the host",
      );
    }
  }

  async #removeDirectories(box: Box): Promise<void> {
    for (const directory of this.#host.directoriesOf(box.id)) await rm(directory, { recursive: true, force: true });
  }
}
