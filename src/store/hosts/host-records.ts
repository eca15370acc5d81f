import type { Host } from "../../core/index.ts";

/** The processes that share the database. */
export interface HostTable {
  /** All that have a lease. */
  alive(): Promise<readonly Host[]>;
  /** Writes the host with a lease of so long, and gives all that have one. */
  renew(host: Host, leaseMs: number): Promise<readonly Host[]>;
  /** Ends its lease: nobody sends it anything more. What it reported of deployments stays, for its return. */
  leave(id: string): Promise<void>;
  /**
   * Forgets hosts whose lease ended so long ago, with what they reported, and settles the deployments that waited for them. Gives their ids: each goes to
   * one caller.
   */
  forgetGone(goneMs: number): Promise<readonly string[]>;
}
