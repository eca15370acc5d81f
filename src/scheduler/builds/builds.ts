import {
  limits,
  newSandboxId,
  PlatformError,
  runtimeOf,
  type Clock,
  type FunctionVersion,
  type Logger,
  type LogLine,
  type Sha256,
} from "../../core/index.ts";
import type { SandboxDriver } from "../../sandbox/index.ts";
import type { BuildRecord, StatusReason, Store } from "../../store/index.ts";
import { runBuild, type BuildOutcome, type BuildRequest } from "./build-box.ts";
import { paysOff, planOverlay, type OverlayPlan } from "./plan-overlay.ts";
import { BuildTurns } from "./build-turns.ts";
import { KnownBuilds } from "./known-builds.ts";

/** The settings that builds act on. */
export interface BuildConfig {
  readonly npmRegistry?: string | undefined;
  readonly pipIndexUrl?: string | undefined;
}

export interface BuildOptions {
  readonly store: Pick<Store, "artifacts" | "builds">;
  readonly driver: Pick<SandboxDriver, "create" | "capabilities">;
  readonly config: BuildConfig;
  /** Which interpreter serves the function, such as `26.10.0`. */
  readonly interpreterVersion: (version: FunctionVersion, options: { signal: AbortSignal }) => Promise<string>;
  /** Folder on the host with its `node`; undefined: the platform's own serves it, or another language. */
  readonly binDirectory: (version: FunctionVersion) => string | undefined;
  readonly onLine: (version: FunctionVersion, boxId: string, line: LogLine) => void;
  readonly logger: Logger;
  readonly clock: Pick<Clock, "now">;
}

/** How a deployment that builds hears of being overtaken, and tells how it goes on. */
export interface PrepareOptions {
  readonly signal: AbortSignal;
  readonly tell: (reason: StatusReason) => void;
}

/** One that came to something that is kept. */
type CompletedBuild = Exclude<BuildOutcome, { kind: "failed" }>;

/**
 * Raised when the same package would be installed in another way. It is a part of the interpreter, not of the kind: what an older one
 * installed serves until the next deployment, because without it there would be nothing. Overlays have theirs in `plan-overlay.ts`.
 */
const installRecipe = "recipe-2";
const installLimitS = 300;
const overlayLimitS = 60;
const longestProgress = 200;

/**
 * What is built of code packages at deployment, each in a box of its own, remembered by the hash of the package. Instances run
 * what was built; the package that was uploaded stays what it is.
 */
export class Builds {
  readonly #options: BuildOptions;
  /** Apart, so that an install that hangs keeps nobody's overlay waiting. */
  readonly #turns = { install: new BuildTurns(), overlay: new BuildTurns() };
  readonly #known: KnownBuilds;

  private constructor(options: BuildOptions, known: KnownBuilds) {
    this.#options = options;
    this.#known = known;
  }

  /** Rejects when the store cannot tell what was built before. */
  static async open(options: BuildOptions): Promise<Builds> {
    return new Builds(options, await KnownBuilds.open(options.store));
  }

  /** The packages that a version's code is made of, laid over each other in this order. */
  packagesOf(version: FunctionVersion): readonly Sha256[] {
    const base = this.#installedOf(version);
    const kind = this.#overlayOf(version)?.kind;
    const overlay = kind === undefined ? null : this.#known.bestFor(version, base, kind)?.resultSha256;
    return overlay === null || overlay === undefined ? [base] : [base, overlay];
  }

  #installedOf(version: FunctionVersion): Sha256 {
    const { spec, codeSha256 } = version;
    if (spec.installsDependencies !== true) return codeSha256;
    return this.#known.bestFor(version, codeSha256, "install")?.resultSha256 ?? codeSha256;
  }

  /** Only where a box has the paths that instances have, and can be kept from everything outside. */
  #overlayOf({ spec }: FunctionVersion): OverlayPlan | null {
    const { isolatesFiles, isolatesNetwork } = this.#options.driver.capabilities();
    return isolatesFiles && isolatesNetwork ? planOverlay(spec) : null;
  }

  /** Builds what a version needs, unless that was done before. Rejects with what its owner has to know when it cannot be had. */
  async prepare(version: FunctionVersion, options: PrepareOptions): Promise<readonly StatusReason[]> {
    const reasons = version.spec.installsDependencies === true ? await this.#installReasons(version, options) : [];
    const plan = this.#overlayOf(version);
    if (plan !== null) await this.#makeOverlay(version, plan, options);
    return reasons;
  }

  /** Forgets what lay over such a version, if that is gone: the next build makes it again. */
  async forgetLost(version: FunctionVersion): Promise<void> {
    const plan = this.#overlayOf(version);
    if (plan !== null) await this.#known.forgetGone(this.#installedOf(version), plan.kind);
  }

  /**
   * Whether it was built before, and is not there: its package was lost, or it was built by an older recipe. What was never built waits for the
   * next deployment, as it did for the last.
   */
  async lacksBuild(version: FunctionVersion): Promise<boolean> {
    const { codeSha256, spec } = version;
    if (
      spec.installsDependencies === true &&
      (await this.#known.isGone(this.#known.bestFor(version, codeSha256, "install")))
    )
      return true;
    const plan = this.#overlayOf(version);
    if (plan === null) return false;
    const base = this.#installedOf(version);
    const record = this.#known.bestFor(version, base, plan.kind);
    return record === undefined ? this.#known.wasEverBuilt(base, plan.kind) : this.#known.isGone(record);
  }

  async #installReasons(version: FunctionVersion, options: PrepareOptions): Promise<readonly StatusReason[]> {
    const record = await this.#install(version, options);
    if (record.resultSha256 !== null) return [];
    return [{ errorCode: "NothingInstalled", errorMessage: `InstallDependency is TRUE, but ${record.note}` }];
  }

  /** It makes a function faster and nothing else: one that cannot be built for our own reasons is deployed without. */
  async #makeOverlay(version: FunctionVersion, plan: OverlayPlan, options: PrepareOptions): Promise<void> {
    const { store, logger, onLine, clock } = this.#options;
    const base = this.#installedOf(version);
    try {
      const { entries } = await store.artifacts.list(base, options);
      if (!paysOff(plan, entries)) return;
      const { resultSha256, note } = await this.#built(
        version,
        base,
        plan.kind,
        options,
        async (codeDirectory, tell) => {
          tell(plan.progress);
          const { task, fields } = plan;
          const request = { codeDirectory, task, fields: { ...fields, limits: limits.package }, isOffline: true };
          const outcome = await this.#run(version, { ...request, timeLimitS: overlayLimitS }, () => undefined, options);
          // Not kept: a busy host may have been the reason, and the next deployment tries again.
          if (outcome.kind === "failed") throw new PlatformError("InternalError", `A build failed: ${outcome.reason}`);
          return outcome;
        },
      );
      if (resultSha256 !== null) return;
      // At each deployment, also where it is known from another function: no box has this function's log then.
      const text = `The code runs as it is: ${note}`;
      onLine(version, newSandboxId(), { at: clock.now(), stream: "stdout", text });
    } catch (error) {
      if (options.signal.aborted) throw error;
      const { name, namespace } = version;
      logger.warn(
        { function: name, namespace, err: error },
        "A function could not be made faster; it is deployed as it is",
      );
    }
  }

  #install(version: FunctionVersion, options: PrepareOptions): Promise<BuildRecord> {
    const language = runtimeOf(version.spec.runtime).language;
    const fields = { language, ...this.#options.config, limits: limits.package };
    const binDirectory = this.#options.binDirectory(version);
    return this.#built(version, version.codeSha256, "install", options, async (codeDirectory, tell) => {
      tell("Installing the dependencies");
      const outcome = await this.#run(
        version,
        { codeDirectory, task: "install", fields, timeLimitS: installLimitS, binDirectory },
        tell,
        options,
      );
      if (outcome.kind === "failed") throw installFailed(outcome.reason);
      return outcome;
    });
  }

  /** What is known of such a build, or what comes of it now. */
  async #built(
    version: FunctionVersion,
    source: Sha256,
    kind: string,
    { signal, tell }: PrepareOptions,
    build: (codeDirectory: string, tell: (progress: string) => void) => Promise<CompletedBuild>,
  ): Promise<BuildRecord> {
    const { store } = this.#options;
    await this.#known.forgetGone(source, kind);
    const { language } = runtimeOf(version.spec.runtime);
    const number = await this.#options.interpreterVersion(version, { signal });
    const interpreter = [language, number, process.arch, ...(kind === "install" ? [installRecipe] : [])].join(" ");
    const turns = kind === "install" ? this.#turns.install : this.#turns.overlay;
    using _ = await turns.take(`${source} ${kind} ${interpreter}`, { signal });
    const wanted = { sourceSha256: source, kind, interpreter };
    const known = this.#known.find(wanted);
    if (known !== undefined) {
      if (await this.#known.renew(known, signal)) return known;
      this.#known.forget(known);
    }
    const directory = await store.artifacts.unpack(source, { signal });
    const outcome = await build(directory, (progress) =>
      tell({ errorCode: "Building", errorMessage: progress.slice(0, longestProgress) }),
    );
    return this.#keep(wanted, outcome, signal);
  }

  async #run(
    version: FunctionVersion,
    request: BuildRequest,
    tell: (progress: string) => void,
    { signal }: PrepareOptions,
  ): Promise<BuildOutcome> {
    const { driver, onLine, logger } = this.#options;
    const begun = performance.now();
    const onBuildLine = (boxId: string, line: LogLine): void => {
      onLine(version, boxId, line);
      if (line.text.trim() !== "") tell(line.text);
    };
    const outcome = await runBuild(request, { driver, onLine: onBuildLine }, { signal });
    const { name, namespace } = version;
    const fields = { function: name, namespace, task: request.task, ms: Math.round(performance.now() - begun) };
    logger.info(fields, `A build is over: ${outcome.kind === "made" ? outcome.note : outcome.reason}`);
    return outcome;
  }

  /** What comes out of a box is checked and kept like an upload. */
  async #keep(
    made: Pick<BuildRecord, "sourceSha256" | "kind" | "interpreter">,
    outcome: CompletedBuild,
    signal: AbortSignal,
  ): Promise<BuildRecord> {
    const { store } = this.#options;
    if (outcome.kind !== "made") return this.#known.keep({ ...made, resultSha256: null, note: outcome.reason });
    const put = await store.artifacts.put(outcome.zip, { signal, handOver: true });
    if (put.kind === "refused") {
      const reason = `what it made is no code package: ${put.problem.message}`;
      throw made.kind === "install"
        ? installFailed(reason)
        : new PlatformError("InternalError", `A build failed: ${reason}`);
    }
    await using hold = put.hold;
    hold.markUsed(); // before the write: when its outcome stays unknown, the package has to be there
    return await this.#known.keep({ ...made, resultSha256: put.sha256, note: outcome.note });
  }
}

/** The first line is for callers, the whole for the function's owner. */
function installFailed(reason: string): PlatformError {
  const message = "Its dependencies could not be installed";
  const end = reason.indexOf("\n") === -1 ? reason.length : reason.indexOf("\n");
  const sentence = `${message}: ${reason.slice(0, end).replace(/:$/, "").slice(0, longestProgress)}`;
  return new PlatformError("DependencyInstallFailed", sentence, {
    stackTrace: sentence + reason.slice(end),
    setting: "InstallDependency",
  });
}
