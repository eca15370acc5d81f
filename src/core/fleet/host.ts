/** What a process of an installation does. */
export type HostRole = "control" | "data";

/** A process of an installation, as the others see it. */
export interface Host {
  /** Stays the same over restarts on the same data directory. */
  readonly id: string;
  readonly roles: readonly HostRole[];
  /** Origin of its door for other processes, e.g. `http://10.0.0.3:4900`. */
  readonly internalUrl: string;
  /** Origin at which callers reach it. */
  readonly publicUrl: string;
  /** Share of the calls that it takes, in relation to others: the instances that it may have. */
  readonly capacity: number;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}
