import type { ConnectionSettings } from "../database/connection.ts";
import type { Segment } from "./segments.ts";

/** What the spool asks its worker thread: store one segment. */
export interface ShipRequest {
  readonly segment: Segment;
}

/** What became of it. `refused`: the database will never take it; it was put aside. */
export type ShipReply =
  | { readonly kind: "shipped"; readonly id: string; readonly records: number; readonly tookMs: number }
  | { readonly kind: "failed"; readonly id: string; readonly message: string }
  | { readonly kind: "refused"; readonly id: string; readonly message: string; readonly movedTo: string };

/** Handed to the worker thread at its start. */
export interface ShipperSettings {
  readonly connection: ConnectionSettings;
}
