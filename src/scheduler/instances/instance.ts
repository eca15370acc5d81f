import { setTimeout as delay } from "node:timers/promises";
import type { FunctionVersion, LogLine } from "../../core/index.ts";
import type { Channel, RuntimeFailure, Sandbox, SandboxExit } from "../../sandbox/index.ts";
import type { InstanceCredentials } from "../credentials/role-credentials.ts";

/**
 * starting → ready ⇄ busy → draining → stopped
 *              ⇅
 *            frozen → stopped
 *
 * starting: the handler is being loaded. ready: no call. busy: at least one call. frozen: no call, and nothing inside
 * runs; it is thawed before it gets one, and before it is asked to stop.
 * draining: finishes its calls and takes no new one. stopped: its sandbox is gone or about to be.
 * From every state a dying sandbox leads to stopped.
 */
export type InstanceState = "starting" | "ready" | "frozen" | "busy" | "draining" | "stopped";

/** What an instance knows of a call that holds one of its slots. */
export interface InstanceCall {
  readonly requestId: string;
  /** Index among the calls of its instance; kept by the instance. */
  position: number;
  takeLine(line: LogLine): void;
}

/** What starting an instance took, in microseconds; goes into the record of the first call it serves. */
export interface StartTimes {
  readonly claimUs: number;
  readonly mountUs: number;
  readonly initUs: number;
}

/** Time that a dying sandbox has to say how it ended, before it is killed. */
const deathReportMs = 250;
/** Time beyond its grace after which a stopping sandbox is killed. */
export const stopMarginMs = 500;

/** A sandbox that serves one revision of one version, and nothing else ever. */
export class Instance {
  readonly version: FunctionVersion;
  readonly sandbox: Sandbox;
  /** Set by the first call that waited for this instance's start. */
  startTimes: StartTimes | null = null;
  /** What it may sign calls of the API with; null: its function has no role. */
  credentials: InstanceCredentials | null = null;
  /** What the thaw for the call that it is about to get took, in microseconds. */
  thawUs = 0;
  /** Monotonic milliseconds at which it last became free of calls. */
  idleSince = 0;
  /** Whether placement lists it as having a free slot. */
  isListed = false;
  /** Whether it must first prove that its event loop turns. */
  isSuspect = false;
  /** False: the host refused to hold it still once. */
  isFreezable = true;
  #isFrozen = false;
  #networkBytes = 0;
  /** Processes of it that the host had killed for its memory when its last good call ended. */
  #kills = 0;
  #state: "starting" | "serving" | "draining" | "stopped" = "starting";
  #failure: RuntimeFailure | null = null;
  #ended: SandboxExit | null = null;
  #stopping: Promise<void> | null = null;
  readonly #calls: InstanceCall[] = [];

  constructor(version: FunctionVersion, sandbox: Sandbox, onLooseLine: (line: LogLine) => void) {
    this.version = version;
    this.sandbox = sandbox;
    this.channel.onLog = (requestId, line) => {
      const call = requestId === null ? undefined : this.#calls.find((one) => one.requestId === requestId);
      if (call === undefined) onLooseLine(line);
      else call.takeLine(line);
    };
    this.channel.onFailure = (failure) => {
      this.#failure = failure;
      this.drain(); // its last words: it must get no call any more
    };
    void sandbox.ended.then((exit) => {
      this.#ended = exit;
    });
  }

  get id(): string {
    return this.sandbox.id;
  }

  get channel(): Channel {
    return this.sandbox.channel;
  }

  get active(): number {
    return this.#calls.length;
  }

  get state(): InstanceState {
    if (this.#state !== "serving") return this.#state;
    if (this.#calls.length > 0) return "busy";
    return this.#isFrozen ? "frozen" : "ready";
  }

  /** Whether it may be given calls at all, free slot or not. */
  get isServing(): boolean {
    return this.#state === "serving";
  }

  /** Its handler is loaded. */
  serve(now: number): void {
    if (this.#state === "starting") this.#state = "serving";
    this.idleSince = now;
  }

  /**
   * What it sent over its network since this was asked last: a call that ends takes it onto its record, so that every byte is counted once. One
   * call at a time, that is its own traffic and what ran on since the call before; calls at a time share by who ends when.
   * What is sent after the last call is nobody's.
   */
  takeNetworkBytes(): number {
    const total = this.sandbox.networkBytesOut();
    const sent = total - this.#networkBytes;
    this.#networkBytes = total;
    return sent;
  }

  /** A call has ended well: the peak of its memory. */
  takePeakBytes(): number {
    const { peakBytes, kills } = this.sandbox.memory();
    if (this.isServing) this.#kills = kills;
    return peakBytes;
  }

  /**
   * Whether the host killed a process of it for its memory since a call last ended well. Where a program runs under a runtime, the kernel takes
   * the program and leaves the runtime, which only sees it end.
   */
  get isShortOfMemory(): boolean {
    return this.sandbox.memory({ isFresh: true }).kills > this.#kills;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Nothing inside runs until `thaw`. Throws what the host says when it refuses; then it goes on running. */
  freeze(): void {
    this.sandbox.freeze();
    this.#isFrozen = true;
  }

  /** It runs again. Throws what the host says when it refuses; then it can only be killed. */
  thaw(): void {
    this.sandbox.thaw();
    this.#isFrozen = false;
  }

  enter(call: InstanceCall): void {
    call.position = this.#calls.length;
    this.#calls.push(call);
  }

  leave(call: InstanceCall): void {
    const last = this.#calls.pop();
    if (last === undefined || last === call) return;
    this.#calls[call.position] = last;
    last.position = call.position;
  }

  /** Takes no new calls. */
  drain(): void {
    if (this.#state !== "stopped") this.#state = "draining";
  }

  /** Resolves once when the sandbox can serve no more: with whether it ended or the platform lost it. */
  async lost(): Promise<"ended" | "by-platform"> {
    const end = await Promise.race([this.channel.closed, this.sandbox.ended]);
    this.#state = "stopped";
    const isOurs = "reason" in end ? end.reason === "local" : end.kind === "lost";
    return isOurs ? "by-platform" : "ended";
  }

  /** Whether its sandbox has ended, or does within the moment that hearing of it may take. */
  async hasEnded(): Promise<boolean> {
    const gone = this.lost().then(() => true);
    return Promise.race([gone, delay(deathReportMs, false, { ref: false })]);
  }

  /** What really ended a call that only saw its channel end: the runtime's last words, or the host's finding. */
  async explainDeath(seen: RuntimeFailure): Promise<RuntimeFailure> {
    if (this.#ended === null) await Promise.race([this.sandbox.ended, delay(deathReportMs, null, { ref: false })]);
    const exit = this.#ended ?? (await this.sandbox.kill());
    if (exit.kind === "memory" || exit.kind === "lost") return { ...seen, kind: exit.kind };
    if (this.isShortOfMemory) return { ...seen, kind: "memory" };
    if (this.#failure !== null) return this.#failure;
    const how = describeExit(exit);
    return { ...seen, message: how === "" ? seen.message : how };
  }

  /** Lets the runtime finish for `graceMs`, then kills it. Never rejects. */
  stop(graceMs: number): Promise<void> {
    this.#state = "stopped";
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    if (this.#isFrozen && !this.#thawToStop()) return this.sandbox[Symbol.asyncDispose]();
    this.channel.stop(graceMs);
    if (this.#ended === null) {
      await Promise.race([this.sandbox.ended, delay(graceMs + stopMarginMs, null, { ref: false })]);
    }
    await this.sandbox[Symbol.asyncDispose]();
  }

  /** What it has not said yet leaves it, and it hears that it has to stop. False: it cannot be thawed. */
  #thawToStop(): boolean {
    try {
      this.thaw();
      return true;
    } catch {
      return false; // the kill that follows tells what cannot be ended
    }
  }

  /** Ends it now, whatever it is doing. Never rejects. */
  async kill(): Promise<void> {
    this.#state = "stopped";
    await this.sandbox[Symbol.asyncDispose]();
  }
}

function describeExit({ kind, code, signal }: SandboxExit): string {
  switch (kind) {
    case "exited":
      return `the process ended with code ${code ?? "unknown"}`;
    case "signaled":
      return `the process was ended by ${signal ?? "a signal"}`;
    case "killed":
    case "memory":
    case "lost":
      return "";
  }
}
