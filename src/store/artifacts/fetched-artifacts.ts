import { PlatformError, type Sha256 } from "../../core/index.ts";
import type { Artifacts } from "./artifacts.ts";

/** Gets a package from wherever else it is; null: nobody has it. */
export type FetchPackage = (sha256: Sha256, options: { signal: AbortSignal }) => Promise<Uint8Array | null>;

/** The packages of this host, and those that it has to fetch first: what was fetched is checked and kept like an upload. */
export function fetchedArtifacts(own: Artifacts, fetchPackage: FetchPackage): Artifacts {
  const bring = async (sha256: Sha256, { signal }: { signal: AbortSignal }): Promise<void> => {
    if (await own.has(sha256)) return;
    const zip = await fetchPackage(sha256, { signal });
    if (zip === null) return; // what misses it says so
    const put = await own.put(zip, { signal });
    if (put.kind === "refused" || put.sha256 !== sha256) {
      throw new PlatformError("InternalError", `Another host gave something else for the code package ${sha256}`);
    }
    await using hold = put.hold;
    hold.markUsed();
  };
  return {
    imagesDirectory: own.imagesDirectory,
    put: (zip, options) => own.put(zip, options),
    has: (sha256) => own.has(sha256),
    collect: (used, options) => own.collect(used, options),
    get: async (sha256, options) => bring(sha256, options).then(() => own.get(sha256, options)),
    list: async (sha256, options) => bring(sha256, options).then(() => own.list(sha256, options)),
    readText: async (sha256, path, maxBytes, options) =>
      bring(sha256, options).then(() => own.readText(sha256, path, maxBytes, options)),
    unpack: async (sha256, options) => bring(sha256, options).then(() => own.unpack(sha256, options)),
    merge: async (packages, options) => {
      for (const sha256 of packages) await bring(sha256, options);
      return own.merge(packages, options);
    },
  };
}
