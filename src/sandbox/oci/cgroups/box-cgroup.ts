import { readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { BoxMemory } from "../../driver.ts";
import { hasCode } from "../../process/host-processes.ts";
import { groupDirectories, type CgroupLayout } from "./cgroup-layout.ts";
import {
  freezeWrite,
  limitWrites,
  memoryFiles,
  readOomKills,
  tcpLimitFile,
  type ControlWrite,
  type GroupLimits,
} from "./group-limits.ts";

/** Reading costs 15 µs, and every call ends with one. */
const memoryReadMs = 100;
/** The kernel answers EBUSY for a moment after the last process has gone. */
const removeBoundMs = 200;
const removePauseMs = 5;

/** The control group of one box. Writes are synchronous: each takes some 30 µs and a claim waits for them. */
export class BoxCgroup {
  readonly #layout: CgroupLayout;
  readonly #group: string;
  readonly #files: ReturnType<typeof memoryFiles>;
  /** What control files say, as far as it is known. */
  readonly #said = new Map<string, string>();
  #readAt = -Infinity;
  #resetAt = -Infinity;
  #memory: BoxMemory = { currentBytes: 0, peakBytes: 0, kills: 0 };

  /** @param initial what it was made with */
  constructor(layout: CgroupLayout, group: string, initial: GroupLimits) {
    this.#layout = layout;
    this.#group = group;
    this.#files = memoryFiles(layout, group);
    for (const { file, text } of limitWrites(layout, group, initial)) {
      // it was made without a word about swap and TCP
      if (!/sw(?:ap)?\.[^/]+$/.test(file) && !file.endsWith(tcpLimitFile)) this.#said.set(file, text);
    }
  }

  /** Sets limits; from now on the peak counts anew, where the kernel can forget one (v1). */
  limit(limits: GroupLimits): void {
    for (const entry of limitWrites(this.#layout, this.#group, limits)) {
      if (this.#said.get(entry.file) !== entry.text && write(entry)) this.#said.set(entry.file, entry.text);
    }
    this.#resetPeak();
  }

  /** A call begins: 3 µs. Calls that follow each other faster than memory is looked at share one peak. */
  forgetPeak(): void {
    if (performance.now() - this.#resetAt >= memoryReadMs) this.#resetPeak();
  }

  /** v2 cannot forget a peak for all: there it is that of the instance. */
  #resetPeak(): void {
    this.#resetAt = performance.now();
    this.#readAt = -Infinity;
    if (this.#layout.kind !== "v1" || !write({ file: this.#files.peak, text: "0", isOptional: true })) return;
    this.#memory = { ...this.#memory, peakBytes: 0 };
  }

  setFrozen(isFrozen: boolean): void {
    setGroupFrozen(this.#layout, this.#group, isFrozen);
  }

  /** What it saw stays when the group is gone. */
  memory({ isFresh } = { isFresh: false }): BoxMemory {
    if (isFresh || performance.now() - this.#readAt >= memoryReadMs) this.#readMemory();
    return this.#memory;
  }

  #readMemory(): void {
    this.#readAt = performance.now();
    const [current, peak] = [readNumber(this.#files.current), readNumber(this.#files.peak)];
    if (current === null) return;
    this.#memory = {
      currentBytes: current,
      peakBytes: Math.max(this.#memory.peakBytes, peak ?? current),
      kills: readOomKills(readText(this.#files.events) ?? ""),
    };
  }

  /** Removes it from every tree. Rejects when something in it still lives. */
  async remove(): Promise<void> {
    await removeGroup(this.#layout, this.#group);
  }
}

/** A group that is gone has nothing to hold still. */
export function setGroupFrozen(layout: CgroupLayout, group: string, isFrozen: boolean): void {
  write({ ...freezeWrite(layout, group, isFrozen), isOptional: true });
}

/** Removes an empty group from every tree; one that is gone is none the worse. */
export async function removeGroup(layout: CgroupLayout, group: string): Promise<void> {
  const giveUpAt = performance.now() + removeBoundMs;
  for (const directory of groupDirectories(layout, group)) {
    while (!removeDirectory(directory, performance.now() >= giveUpAt)) await delay(removePauseMs);
  }
}

function removeDirectory(directory: string, isLastTry: boolean): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return true;
    if (!hasCode(error, "EBUSY") || isLastTry) throw error;
    return false;
  }
}

/** False: it was not taken, and need not be. */
function write({ file, text, isOptional }: ControlWrite): boolean {
  try {
    writeFileSync(file, text, { flag: "r+" });
    return true;
  } catch (error) {
    // EINVAL: memory and swap together below the memory limit, which is about to come down; then they are written once more.
    if (!isOptional || !hasCode(error, "ENOENT", "ENODEV", "EINVAL")) throw error;
    return false;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENODEV")) return null;
    throw error;
  }
}

function readNumber(file: string): number | null {
  const text = readText(file);
  return text === null ? null : Number.parseInt(text, 10);
}
