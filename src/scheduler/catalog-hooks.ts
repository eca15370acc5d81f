import { PlatformError, qualifiers, type FunctionVersion } from "../core/index.ts";
import type { Store } from "../store/index.ts";
import type { SandboxDriver } from "../sandbox/index.ts";
import { toReason, type CatalogHooks } from "./catalog/catalog-sync.ts";
import type { CatalogFunction } from "./catalog/catalog.ts";
import { resolveQualifier } from "./catalog/routing.ts";
import type { Instances } from "./instances/instances.ts";
import type { Services } from "./services/services.ts";

/** Connects the catalog with what runs: code is unpacked, services come up, what is no longer served stops. */
export function createHooks(parts: {
  readonly instances: Instances;
  readonly services: Services;
  readonly store: Pick<Store, "artifacts">;
  readonly driver: Pick<SandboxDriver, "prepareCode">;
}): CatalogHooks {
  const { instances, services, store, driver } = parts;
  return {
    async prepare(version, previous, switchOver, options) {
      const codeDirectory = await store.artifacts.unpack(version.codeSha256, options);
      await driver.prepareCode(codeDirectory, options);
      options.signal.throwIfAborted();
      if (version.spec.form !== "service") {
        switchOver();
        return [];
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
      if (error !== null && !isServed) throw error;
      return error === null ? [] : [toReason(error)];
    },
    served(functionId, current) {
      const versions = new Set(current?.versions.values() ?? []);
      const gone = current === null ? new PlatformError("FunctionNotFound", "The function was deleted") : null;
      instances.serveOnly(functionId, versions, gone);
      services.serveOnly(functionId, versions, residents(current), current?.preparation?.revision ?? null);
    },
  };
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
