import type { Action } from "./action.ts";
import { getStatus } from "./gust/get-status.ts";
import { installRuntime, listRuntimes } from "./gust/runtimes.ts";
import { tryFunction } from "./gust/try-function.ts";
import { absentScfActions, scfActions, scfVersion } from "./scf/catalog.ts";

/** A part of the cloud API, chosen by `X-TC-Version`. */
export interface Product {
  readonly name: string;
  readonly version: string;
  readonly actions: ReadonlyMap<string, Action>;
  /** Known actions that are not there yet, with what they would do. */
  readonly absent: ReadonlyMap<string, string>;
}

const scf: Product = { name: "scf", version: scfVersion, actions: byName(scfActions), absent: absentScfActions };

/** What Tencent's API has no action for. */
const gust: Product = {
  name: "gust",
  version: "2026-11-24",
  actions: byName([getStatus, listRuntimes, installRuntime, tryFunction]),
  absent: new Map(),
};

export const products = { scf, gust } as const;

const byVersion = new Map<string, Product>(Object.values(products).map((product) => [product.version, product]));

/** Null: this server has no product of that version. */
export function findProduct(version: string): Product | null {
  return byVersion.get(version) ?? null;
}

function byName(actions: readonly Action[]): ReadonlyMap<string, Action> {
  return new Map(actions.map((action) => [action.name, action]));
}
