import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { groupExists, hasProcfs, killNow, listPids, readProcess, startVariable } from "./host-processes.ts";

/** Which processes belong to a box, or to an installation. */
export interface Quarry {
  /** The session (and group) the box was started in; null when it is not known. */
  readonly session: number | null;
  /** A variable they all were started with. */
  readonly variable: "GUST_SANDBOX" | "GUST_INSTALLATION";
  readonly value: string;
  /** Older processes are none of it. */
  readonly sinceTicks: number;
}

interface Hunt extends Quarry {
  readonly giveUpAt: number;
  found: boolean;
  readonly settle: (isClean: boolean) => void;
}

/** A look at the process table holds the event loop for at most this at a time. */
const sliceMs = 1;
const pauseMs = 5;
const longestHuntMs = 3_000;

/**
 * Kills what outlives a box: processes of its session, and those that left it (`setsid`) but carry its variable. One walk
 * through /proc serves every hunt under way; a hunt ends when a whole walk found nothing.
 */
export class StrayHunt {
  #hunts: Hunt[] = [];
  #isWalking = false;

  /** True: nothing is left. False: something still was after three seconds. Never rejects. */
  hunt(quarry: Quarry): Promise<boolean> {
    if (!hasProcfs) return waitForGroup(quarry.session);
    return new Promise((settle) => {
      this.#hunts.push({ ...quarry, giveUpAt: performance.now() + longestHuntMs, found: false, settle });
      if (!this.#isWalking) void this.#walkUntilClean();
    });
  }

  async #walkUntilClean(): Promise<void> {
    this.#isWalking = true;
    while (this.#hunts.length > 0) {
      const hunts = [...this.#hunts]; // those that join meanwhile get a whole walk of their own
      for (const hunt of hunts) hunt.found = false;
      await walk(hunts);
      const now = performance.now();
      const over = new Set(hunts.filter((hunt) => !hunt.found || now > hunt.giveUpAt));
      this.#hunts = this.#hunts.filter((hunt) => !over.has(hunt));
      for (const hunt of over) hunt.settle(!hunt.found);
      if (over.size < hunts.length) await delay(pauseMs); // what was killed needs a moment to die
    }
    this.#isWalking = false;
  }
}

/** Looks at every process once, and kills those that belong to a hunt. */
async function walk(hunts: readonly Hunt[]): Promise<void> {
  const since = Math.min(...hunts.map((hunt) => hunt.sinceTicks));
  let sliceEnd = performance.now() + sliceMs;
  for (const pid of listPids()) {
    if (performance.now() > sliceEnd) {
      await nextTurn();
      sliceEnd = performance.now() + sliceMs;
    }
    if (pid === process.pid) continue;
    const candidate = readProcess(pid);
    if (candidate === null || candidate.isZombie || candidate.startTicks < since) continue;
    const hunt = hunts.find((it) => it.session === candidate.session || startVariable(pid, it.variable) === it.value);
    if (hunt === undefined) continue;
    hunt.found = true;
    killNow(pid);
  }
}

/** Without /proc only the process group itself can be waited for. */
async function waitForGroup(group: number | null): Promise<boolean> {
  if (group === null) return true;
  const giveUpAt = performance.now() + longestHuntMs;
  while (groupExists(group)) {
    if (performance.now() > giveUpAt) return false;
    killNow(-group);
    await delay(pauseMs);
  }
  return true;
}
