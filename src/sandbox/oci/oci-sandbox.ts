import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { limits, type Logger, type SandboxId } from "../../core/index.ts";
import type { ChannelClose } from "../channel/channel.ts";
import { SocketChannel } from "../channel/socket-channel.ts";
import type { AssignedPaths, Assignment, BoxMemory, Sandbox, SandboxExit } from "../driver.ts";
import { killNow, readProcess } from "../process/host-processes.ts";
import { exitGraceMs, interpreterAllowanceMb } from "../runtime-process/limits.ts";
import { RuntimeOutput } from "../runtime-process/runtime-output.ts";
import type { StartedBox, WaitStatus } from "./boot/booter.ts";
import { insidePaths, temporaryMbOf } from "./box/box-config.ts";
import type { BoxCgroup } from "./cgroups/box-cgroup.ts";
import { backgroundLimitsOf, limitsOf } from "./cgroups/group-limits.ts";
import type { CodeMounts } from "./code/code-mounts.ts";
import type { Mounter } from "./code/mounter.ts";
import type { BoxNetwork } from "./network/box-network.ts";
import { signalName } from "./signal-names.ts";

/** What a sandbox has, and what it shares with the others of its driver. */
export interface OciSurroundings {
  readonly cgroup: BoxCgroup;
  readonly network: BoxNetwork | null;
  readonly code: CodeMounts;
  readonly mounter: Mounter;
  readonly logger: Logger;
  /** Where user code finds `node`, as seen inside. */
  readonly binDirectory: string;
  /** Takes back what the box had on the host: directories, ids, network. */
  readonly release: () => Promise<void>;
}

const lostBoxBoundMs = 3_000;
const lostBoxPauseMs = 5;
/** How a shell, our first process, says that the one it waited for died of a signal. */
const shellSignalBase = 128;

/** A container with a runtime in it, from its start to the removal of its control group. */
export class OciSandbox implements Sandbox {
  readonly id: SandboxId;
  readonly channel: SocketChannel;
  readonly ended: Promise<SandboxExit>;
  readonly #box: StartedBox;
  readonly #surroundings: OciSurroundings;
  readonly #output: RuntimeOutput;
  #isAssigned = false;
  #endedBy: "killed" | "lost" | null = null;
  #hasExited = false;

  constructor(id: SandboxId, box: StartedBox, surroundings: OciSurroundings) {
    this.id = id;
    this.#box = box;
    this.#surroundings = surroundings;
    this.channel = new SocketChannel(box.ends.channel);
    this.#output = new RuntimeOutput(this.channel, box.ends.stdout, box.ends.stderr);
    this.ended = this.#end();
    void this.channel.closed.then((close) => this.#onChannelClosed(close));
  }

  /** What the runtime wrote to stderr last, for the sentence about a failed start. */
  get lastErrorLines(): readonly string[] {
    return this.#output.lastErrorLines;
  }

  paths(): AssignedPaths {
    return {
      codeRoot: insidePaths.code,
      layersRoot: insidePaths.layers,
      temporaryDirectory: insidePaths.temporary,
      interpreterDirectory: this.#surroundings.binDirectory,
      packagesDirectory: insidePaths.languages,
    };
  }

  async assign(assignment: Assignment, { signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (this.#isAssigned) throw new Error("a sandbox is assigned once");
    this.#isAssigned = true;
    const { codeDirectory, layersDirectory, memoryMb } = assignment;
    await Promise.all([
      this.#enter(codeDirectory, insidePaths.code),
      ...(layersDirectory === undefined ? [] : [this.#enter(layersDirectory, insidePaths.layers)]),
      ...(memoryMb === limits.memoryMb.default ? [] : [this.#sizeTemporary(memoryMb)]), // boxes start with that of the default
      nextTurn().then(() => this.#limit(assignment)), // what has been asked for is done meanwhile, by other processes
    ]);
    signal.throwIfAborted();
  }

  async #enter(directory: string, place: string): Promise<void> {
    using mount = await this.#surroundings.code.acquire(directory);
    if (!this.#hasExited) await this.#surroundings.mounter.enter(this.#box, mount.place, place);
  }

  async #sizeTemporary(memoryMb: number): Promise<void> {
    if (this.#hasExited) return;
    await this.#surroundings.mounter.resize(this.#box, insidePaths.temporary, temporaryMbOf(memoryMb));
  }

  #limit({ isOffline, isBackground, memoryMb }: Assignment): void {
    const { cgroup, network } = this.#surroundings;
    if (isOffline === true) network?.cutPublic(); // without one there is nothing to cut
    const boxLimits = isBackground === true ? backgroundLimitsOf : limitsOf;
    if (!this.#hasExited) cgroup.limit(boxLimits(memoryMb, interpreterAllowanceMb));
  }

  address(port: number): { readonly host: string; readonly port: number } {
    return { host: this.#surroundings.network?.address ?? "127.0.0.1", port };
  }

  memory(options?: { readonly isFresh: boolean }): BoxMemory {
    return this.#surroundings.cgroup.memory(options);
  }

  forgetPeak(): void {
    if (!this.#hasExited) this.#surroundings.cgroup.forgetPeak();
  }

  networkBytesOut(): number {
    return this.#surroundings.network?.bytesOut() ?? 0;
  }

  freeze(): void {
    if (!this.#hasExited) this.#surroundings.cgroup.setFrozen(true);
  }

  thaw(): void {
    if (!this.#hasExited) this.#surroundings.cgroup.setFrozen(false);
  }

  kill(): Promise<SandboxExit> {
    this.#killAs("killed");
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #killAs(reason: "killed" | "lost"): void {
    if (this.#hasExited) return;
    this.#endedBy ??= reason;
    const { pid } = this.#box;
    if (this.#isAlive()) killNow(pid); // its namespace goes with it
    try {
      this.#surroundings.cgroup.setFrozen(false); // a frozen one dies when it is thawed
    } catch (error) {
      this.#surroundings.logger.error({ sandbox: this.id, err: error }, "A sandbox that was killed cannot be thawed");
    }
  }

  #isAlive(): boolean {
    return readProcess(this.#box.pid)?.startTicks === this.#box.startTicks;
  }

  #onChannelClosed({ reason }: ChannelClose): void {
    if (this.#hasExited) return;
    if (reason !== "end") return this.#killAs("killed");
    const timer = setTimeout(() => this.#killAs("killed"), exitGraceMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** From the end of the first process, which is the last to go, to the end of everything. Never rejects. */
  async #end(): Promise<SandboxExit> {
    const status = (await this.#box.ended) ?? (await this.#endLost());
    this.#hasExited = true;
    const { cgroup, logger, release } = this.#surroundings;
    const ranOutOfMemory = cgroup.memory({ isFresh: true }).kills > 0;
    const outcomes = await Promise.allSettled([this.#output.drain(), cgroup.remove(), release()]);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      logger.error({ sandbox: this.id, err: outcome.reason }, "Something of an ended sandbox stays on the host");
    }
    const { code, signal } = exitOf(status);
    const isOutOfMemory = this.#output.isHeapLimit(signal) || (ranOutOfMemory && signal === "SIGKILL");
    if (this.#endedBy === null && isOutOfMemory) return { kind: "memory", code, signal };
    if (this.#endedBy !== null) return { kind: this.#endedBy, code, signal };
    return { kind: signal === null ? "exited" : "signaled", code, signal };
  }

  /** The booter died, so nobody hears how this box ends: it gets no more calls, is killed, and looked at until it is gone. */
  async #endLost(): Promise<WaitStatus> {
    this.#killAs("lost");
    this.channel.close("the booter of its sandbox ended");
    const giveUpAt = performance.now() + lostBoxBoundMs;
    while (this.#isAlive() && readProcess(this.#box.pid)?.isZombie === false) {
      if (performance.now() > giveUpAt) break;
      await delay(lostBoxPauseMs);
    }
    return { code: null, signal: "SIGKILL" };
  }
}

/** What the runtime ended with, of what our first process ended with. */
function exitOf({ code, signal }: WaitStatus): WaitStatus {
  const name = code === null ? null : signalName(code - shellSignalBase);
  return name === null ? { code, signal } : { code: null, signal: name };
}
