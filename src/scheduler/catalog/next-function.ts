import { qualifiers, type FunctionVersion } from "../../core/index.ts";
import type { CatalogEntry } from "../../store/index.ts";
import type { Route } from "../invoker.ts";
import type { CatalogFunction } from "./catalog.ts";

/**
 * What follows in the catalog when the store says `entry`: unchanged revisions keep their objects (their
 * instances hang on them), and a `$LATEST` that must be prepared first leaves the one before in service.
 */
export function nextFunction(
  entry: CatalogEntry,
  current: CatalogFunction | null,
): { readonly next: CatalogFunction; readonly toPrepare: FunctionVersion | null } {
  const versions = new Map<string, FunctionVersion>();
  let toPrepare: FunctionVersion | null = null;
  for (const version of entry.versions) {
    const known = current?.versions.get(version.version) ?? servedBefore(entry, version);
    if (known?.revision === version.revision) versions.set(version.version, known);
    else if (version.version !== qualifiers.latest) versions.set(version.version, version);
    else if (entry.status === "Creating" || entry.status === "Updating") {
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
    route: routeOf(versions.get(qualifiers.latest) ?? toPrepare ?? entry.versions[0], entry),
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

function routeOf(latest: FunctionVersion | undefined, { namespace, name }: CatalogEntry): Route | null {
  if (latest === undefined || latest.spec.form === "event") return null;
  const { form, timeoutS, webSocketIdleS } = latest.spec;
  return { namespace, name, form, timeoutS, webSocketIdleS };
}
