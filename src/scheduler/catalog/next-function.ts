import { qualifiers, type FunctionVersion } from "../../core/index.ts";
import type { CatalogEntry } from "../../store/index.ts";
import type { CatalogFunction } from "./catalog-function.ts";

/**
 * What follows in the catalog when the store says `entry`: unchanged revisions keep their objects (their
 * instances hang on them), and a `$LATEST` that must be prepared first leaves the one before in service.
 */
export function nextFunction(
  entry: CatalogEntry,
  current: CatalogFunction | null,
  { isFirstLoad = false } = {},
): { readonly next: CatalogFunction; readonly toPrepare: FunctionVersion | null } {
  const versions = new Map<string, FunctionVersion>();
  let toPrepare: FunctionVersion | null = null;
  for (const version of entry.versions) {
    const known = current?.versions.get(version.version) ?? servedBefore(entry, version);
    if (known?.revision === version.revision) versions.set(version.version, known);
    else if (version.version !== qualifiers.latest) versions.set(version.version, version);
    else if (isInPreparation(entry) || (!isFirstLoad && isServedElsewhere(entry, current, version))) {
      toPrepare = version;
      if (known !== undefined) versions.set(version.version, known);
    } else if (entry.status === "UpdateFailed" && (current !== null || entry.served !== null)) {
      if (known !== undefined) versions.set(version.version, known);
    } else if (entry.status !== "CreateFailed") versions.set(version.version, version);
  }
  const latest = toPrepare ?? versions.get(qualifiers.latest);
  const isSamePreparation = latest !== undefined && current?.preparation?.revision === latest.revision;
  const next: CatalogFunction = {
    functionId: entry.functionId,
    namespace: entry.namespace,
    name: entry.name,
    status: toPrepare === null && !isSamePreparation && isInPreparation(entry) ? "Active" : entry.status,
    domainLabel: entry.domainLabel,
    versions,
    aliases: new Map(entry.aliases.map((alias) => [alias.name, alias])),
    newest: newestOf(entry),
    preparation: isSamePreparation ? (current?.preparation ?? null) : null,
    problem: current?.problem ?? "",
  };
  return { next, toPrepare };
}

/** After a restart only the store knows what served a function whose newest revision does not. */
function servedBefore({ served }: CatalogEntry, { version }: FunctionVersion): FunctionVersion | undefined {
  return version === qualifiers.latest && served !== null ? served : undefined;
}

/** The store has not heard yet that the revision is served. */
function isInPreparation({ status }: CatalogEntry): boolean {
  return status === "Creating" || status === "Updating";
}

/** Another host was faster: what it serves is made ready here, too, unless that has failed here. */
function isServedElsewhere(
  { status }: CatalogEntry,
  current: CatalogFunction | null,
  { revision }: FunctionVersion,
): boolean {
  return status === "Active" && (current?.newest.revision !== revision || current.preparation?.revision === revision);
}

function newestOf({ versions, functionId }: CatalogEntry): FunctionVersion {
  const newest = versions.find(({ version }) => version === qualifiers.latest);
  if (newest === undefined) throw new Error(`the function ${functionId} has no ${qualifiers.latest}`);
  return newest;
}
