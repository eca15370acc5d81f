import path from "node:path";
import { messageOf, newSandboxId, type SandboxId } from "../../../core/index.ts";
import { IdRanges } from "../box/id-ranges.ts";
import { findProgram } from "../../host-programs/find-program.ts";
import { installCommand } from "../../host-programs/host-packages.ts";
import type { StartedBox } from "./booter.ts";

/** How to try a runtime. */
export interface RuntimeTrial<Booter extends AsyncDisposable> {
  /** A program's path or name; null: whichever works. */
  readonly wanted: string | null;
  /** Where cgroup2 is mounted beside v1. */
  readonly hybrid: string | null;
  readonly start: (runtime: string, hiddenMount: string | null) => Promise<Booter>;
  readonly boot: (
    booter: Booter,
    request: {
      readonly id: SandboxId;
      readonly command: readonly string[];
      readonly hostId: number;
      readonly networkNamespace: null;
    },
    options: { signal: AbortSignal },
  ) => Promise<StartedBox>;
  /** Removes what the box of a trial had. */
  readonly forget: (id: SandboxId) => Promise<void>;
}

export interface ChosenRuntime<Booter> {
  readonly booter: Booter;
  /** One sentence. */
  readonly reason: string;
}

/** What came of one runtime: a booter that has run a box with it, or why none can. Whoever receives the booter disposes of it. */
export interface TriedRuntime<Booter> {
  readonly name: string;
  /** Null: it is not installed. */
  readonly program: string | null;
  readonly outcome: { readonly booter: Booter; readonly hiddenMount: string | null } | string;
}

/** The cheapest first: crun takes 48 ms of processor time for a boot, runc 57 (measured, interpreter included). */
export const knownRuntimes = ["crun", "runc"] as const;
const trialBoundMs = 10_000;

/** Runs one tiny box with each runtime until one works. A string says why none does. */
export async function chooseRuntime<Booter extends AsyncDisposable>(
  trial: RuntimeTrial<Booter>,
): Promise<ChosenRuntime<Booter> | string> {
  const failures: string[] = [];
  let remedy = "";
  for await (const { name, program, outcome } of tryRuntimes(trial)) {
    if (typeof outcome !== "string") {
      const why = trial.wanted === null ? reasonFor(failures) : "as it was set";
      const reason = `Containers are run by ${asWhat(name, outcome.hiddenMount)}, ${why}.`;
      return { booter: outcome.booter, reason };
    }
    failures.push(outcome);
    if (program === null && name === knownRuntimes[0]) remedy = ` (${installCommand([name])})`;
  }
  return `${failures.join("; ")}${remedy}`;
}

/** Runs one tiny box with each runtime in turn, as long as it is asked for the next. */
export async function* tryRuntimes<Booter extends AsyncDisposable>(
  trial: RuntimeTrial<Booter>,
): AsyncGenerator<TriedRuntime<Booter>> {
  for (const wanted of trial.wanted === null ? knownRuntimes : [trial.wanted]) {
    const program = findProgram(wanted);
    const name = path.basename(wanted);
    const outcome = program === null ? `${wanted} is not installed` : await tryProgram(trial, program);
    yield { name, program, outcome };
  }
}

/** In the host's view as it is, and then in one without what crun 1.8 refuses. */
async function tryProgram<Booter extends AsyncDisposable>(
  trial: RuntimeTrial<Booter>,
  program: string,
): Promise<TriedRuntime<Booter>["outcome"]> {
  const failures = new Set<string>(); // often the same in both views
  for (const hiddenMount of trial.hybrid === null ? [null] : [null, trial.hybrid]) {
    const outcome = await tryRuntime(trial, program, hiddenMount);
    if (typeof outcome !== "string") return { booter: outcome, hiddenMount };
    failures.add(`${path.basename(program)} failed: ${outcome}`);
  }
  return [...failures].join("; ");
}

/** The booter when a box ran and ended as it should, else why not. */
async function tryRuntime<Booter extends AsyncDisposable>(
  trial: RuntimeTrial<Booter>,
  runtime: string,
  hiddenMount: string | null,
): Promise<Booter | string> {
  await using booter = new AsyncDisposableStack();
  const started = booter.use(await trial.start(runtime, hiddenMount));
  const id = newSandboxId();
  const failures = [await failureOf(runBox(trial, started, id)), await failureOf(trial.forget(id))].filter(
    (failure) => failure !== null,
  );
  if (failures.length > 0) return failures.join("; ");
  booter.move();
  return started;
}

async function failureOf(work: Promise<void>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

async function runBox<Booter extends AsyncDisposable>(
  trial: RuntimeTrial<Booter>,
  booter: Booter,
  id: SandboxId,
): Promise<void> {
  using range = new IdRanges("0").take();
  const request = { id, command: ["/bin/true"], hostId: range.hostId, networkNamespace: null };
  const status = await inTime(async (signal) => {
    const { ends, ended } = await trial.boot(booter, request, { signal });
    for (const end of Object.values(ends)) end.destroy();
    return ended;
  });
  if (status?.code !== 0) throw new Error(`a box that does nothing ended with ${JSON.stringify(status)}`);
}

/** Rejects when it takes too long, whether it honours the signal or not. */
async function inTime<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    stop.abort(new Error(`it took longer than ${trialBoundMs / 1_000} s`));
    late.reject(stop.signal.reason);
  }, trialBoundMs);
  try {
    return await Promise.race([work(stop.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function asWhat(name: string, hiddenMount: string | null): string {
  return hiddenMount === null ? name : `${name} in a view of this host without ${hiddenMount}`;
}

function reasonFor(failures: readonly string[]): string {
  return failures.length === 0 ? "the cheapest that works" : `because ${failures.join("; ")}`;
}
