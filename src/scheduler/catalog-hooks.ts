import {
  PlatformError,
  qualifiers,
  runtimeOf,
  runtimeSubstitution,
  type FunctionSpec,
  type FunctionVersion,
  type Logger,
} from "../core/index.ts";
import type { StatusReason, Store } from "../store/index.ts";
import type { SandboxDriver } from "../sandbox/index.ts";
import type { Builds, PrepareOptions } from "./builds/builds.ts";
import { toReason, type CatalogHooks } from "./catalog/catalog-sync.ts";
import type { CatalogFunction } from "./catalog/catalog-function.ts";
import { resolveQualifier } from "./catalog/routing.ts";
import { fetchSdks } from "./catalog/fetch-sdks.ts";
import { unpackVersion } from "./catalog/unpack-version.ts";
import type { Instances } from "./instances/instances.ts";
import type { ProgramPackages } from "./pools/warm-pool.ts";
import type { WarmPools } from "./pools/warm-pools.ts";
import type { Services } from "./services/services.ts";

interface HookParts {
  readonly instances: Instances;
  readonly services: Services;
  readonly pools: WarmPools;
  readonly packages: ProgramPackages;
  readonly builds: Builds;
  readonly store: Pick<Store, "artifacts">;
  readonly driver: Pick<SandboxDriver, "prepareCode" | "capabilities" | "lacks">;
  readonly logger: Logger;
}

/** Connects the catalog with what runs: code is unpacked, services come up, what is no longer served stops. */
export function createHooks(parts: HookParts): CatalogHooks {
  const { instances, services, pools } = parts;
  return {
    async prepare(version, previous, switchOver, options) {
      const reasons = await prepareCode(version, parts, options);
      if (version.spec.form !== "service") {
        switchOver();
        return reasons;
      }
      let isServed = false;
      const error = await services.bringUp(
        version,
        previous,
        () => {
          isServed = true;
          switchOver();
        },
        options,
      );
      // a full host has room again some day, and the start is then tried again; a server that fails is its owner's to mend
      if (error !== null && (!isServed || error.fault === "function")) throw error;
      return error === null ? reasons : [...reasons, toReason(error)];
    },
    served(functionId, current) {
      const versions = new Set(current?.versions.values() ?? []);
      for (const { spec } of versions) pools.of(spec).want();
      const gone = current === null ? new PlatformError("FunctionNotFound", "The function was deleted") : null;
      instances.serveOnly(functionId, versions, gone);
      services.serveOnly(functionId, versions, residents(current), current?.preparation?.revision ?? null);
    },
  };
}

/** Builds, unpacks and fetches all that a version's instances start from; gives what its owner should know of it. */
async function prepareCode(
  version: FunctionVersion,
  { pools, packages, builds, store, driver, logger }: HookParts,
  options: PrepareOptions,
): Promise<readonly StatusReason[]> {
  if (version.spec.isOffline === true && !driver.capabilities().isolatesNetwork) throw cannotCutOff();
  const built = await builds.prepare(version, options);
  const parts = { artifacts: store.artifacts, builds, logger };
  const { codeDirectory, layersDirectory } = await unpackVersion(version, parts, options);
  await driver.prepareCode(codeDirectory, options);
  if (layersDirectory !== undefined) await driver.prepareCode(layersDirectory, options);
  options.signal.throwIfAborted();
  const sdks = await fetchSdks(version.spec, codeDirectory, packages, options);
  return [...built, ...(await runtimeNotes(version, { pools, driver }, options)), ...sdks];
}

function cannotCutOff(): PlatformError {
  return new PlatformError(
    "InstanceStartFailed",
    "PublicNetStatus DISABLE needs containers, and functions run as plain processes here; gust doctor says what is missing",
  );
}

/** Fetches the interpreter if it has to be, and gives what its owner should know of it. Rejects when this host cannot start it. */
async function runtimeNotes(
  { spec }: FunctionVersion,
  { pools, driver }: { readonly pools: WarmPools; readonly driver: Pick<SandboxDriver, "lacks" | "capabilities"> },
  options: { signal: AbortSignal; tell: (progress: StatusReason) => void },
): Promise<StatusReason[]> {
  const pool = pools.of(spec);
  // Processes of this host may find it elsewhere in their PATH, and say so themselves where they do not.
  const lacking = driver.capabilities().isolatesFiles ? driver.lacks(pool.program) : null;
  if (lacking !== null) throw new PlatformError("InstanceStartFailed", `${spec.runtime} does not run here: ${lacking}`);
  const { missing } = pool;
  if (missing !== null) {
    const errorMessage = `${missing.title}, which ${spec.runtime} runs on, is being fetched (${missing.origin})`;
    options.tell({ errorCode: "RuntimeFetching", errorMessage });
    await pool.fetchMissing(options);
  }
  return runtimeNote(spec, isOwnProgram(spec) ? null : await pool.runtimeVersion(options));
}

/** That another version runs than the one asked for. */
export function runtimeNote(spec: FunctionSpec, actual: string | null): StatusReason[] {
  const errorMessage = actual === null || isOwnProgram(spec) ? null : runtimeSubstitution(spec.runtime, actual);
  return errorMessage === null ? [] : [{ errorCode: "RuntimeSubstituted", errorMessage }];
}

/** A service is; only the node that it finds is the platform's. */
function isOwnProgram({ form, runtime }: FunctionSpec): boolean {
  return form === "service" && runtimeOf(runtime).language !== "node";
}

/** Versions of a service that always have an instance: those that an alias leads to. */
function residents(current: CatalogFunction | null): ReadonlySet<FunctionVersion> {
  const found = new Set<FunctionVersion>();
  if (current === null) return found;
  const names = [resolveQualifier(current.aliases, qualifiers.default, undefined, () => 1)];
  for (const alias of current.aliases.values()) {
    names.push(alias.version, ...[...alias.weighted, ...alias.matched].map(({ version }) => version));
  }
  for (const name of names) {
    const version = current.versions.get(name);
    if (version?.spec.form === "service") found.add(version);
  }
  return found;
}
