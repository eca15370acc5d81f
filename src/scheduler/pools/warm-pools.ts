import { runtimeOf, type FunctionSpec } from "../../core/index.ts";
import { allPrograms, ownNode, runtimePrograms, serviceProgram, type RuntimePackages } from "../../sandbox/index.ts";
import type { RuntimeProgram } from "../../sandbox/index.ts";
import type { Idle } from "../idle/memory-pressure.ts";
import { WarmPool, type ProgramPackages, type WarmPoolOptions } from "./warm-pool.ts";

export interface PoolStatus {
  /** Of the interpreter; null before its first start. */
  readonly version: string | null;
  readonly ready: number;
  readonly starting: number;
  /** Kept ready at the present pace of claims; 0 for a program that nobody uses. */
  readonly size: number;
}

export interface WarmPoolsOptions extends Pick<
  WarmPoolOptions,
  "driver" | "places" | "mostReady" | "logger" | "clock"
> {
  readonly packages: ProgramPackages & Pick<RuntimePackages, "directory">;
  /** Started runtimes that the pool of a program keeps ready at least once it is used. */
  readonly poolSize: number;
}

/** The warm pool of every program that functions run on. */
export class WarmPools implements AsyncDisposable {
  readonly #pools: ReadonlyMap<string, WarmPool>;

  constructor(options: WarmPoolsOptions) {
    const programs = allPrograms(options.packages.directory);
    this.#pools = new Map(programs.map((program) => [program.name, createPool(program, options)]));
  }

  /** That of the program which serves such a function. */
  of({ form, runtime }: Pick<FunctionSpec, "form" | "runtime">): WarmPool {
    const name = programOf(form, runtime);
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new Error(`there is no program ${name}, which Runtime ${runtime} needs`);
    return pool;
  }

  /** Those of programs that serve handlers, not servers; where requests have one of their own, that of events. */
  forHandlers(): WarmPool[] {
    return [...this.#pools.values()].filter(({ program }) => !isService(program) && !program.name.endsWith("-http"));
  }

  tick(now: number): void {
    for (const pool of this.#pools.values()) pool.tick(now);
  }

  /** Started runtimes beyond the one that each pool needs. */
  spare(): Idle[] {
    return [...this.#pools.values()].flatMap((pool) => pool.spare());
  }

  /** Memory is short (or no longer): pools keep one runtime ready at most. */
  setShort(isShort: boolean): void {
    for (const pool of this.#pools.values()) pool.isShort = isShort;
  }

  /** Of the platform's own programs, and of those that were used. */
  status(): Readonly<Record<string, PoolStatus>> {
    const shown = [...this.#pools].filter(([name, { isUsed }]) => isUsed || name in runtimePrograms);
    const entries = shown.map(([name, { knownVersion: version, ready, booting, keeps }]) => {
      return [name, { version, ready, starting: booting, size: keeps }] as const;
    });
    return Object.fromEntries(entries);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool[Symbol.asyncDispose]()));
  }
}

/** Where requests are served by other programs than events, those are kept ready as well. */
function programOf(form: FunctionSpec["form"], runtime: string): string {
  const { program } = runtimeOf(runtime);
  if (form === "service") return serviceProgram(program);
  const forHttp = `${program}-http`;
  return form === "http" && Object.hasOwn(runtimePrograms, forHttp) ? forHttp : program;
}

/** Servers are started when they are deployed: nobody waits for them by the millisecond, so none are kept ready. */
function createPool(program: RuntimeProgram, { packages, poolSize, ...shared }: WarmPoolsOptions): WarmPool {
  return new WarmPool({
    ...shared,
    program,
    packages,
    size: isService(program) ? 0 : poolSize,
    isLazy: program.name !== ownNode,
  });
}

function isService({ name }: RuntimeProgram): boolean {
  return name.startsWith(runtimePrograms.service.name);
}
