import type { FunctionId, Sha256 } from "./ids.ts";

/**
 * The three forms behind one entry.
 * `event`: `main_handler(event, context)`, one call at a time;
 * `http`: a handler that takes a request and gives a response, many calls at a time;
 * `service`: a resident server that listens on a port.
 */
export type FunctionForm = "event" | "http" | "service";

/** `Type` on the wire. */
export type FunctionType = "Event" | "HTTP" | "Service";

export type FunctionStatus =
  | "Creating"
  | "CreateFailed"
  | "Active"
  | "Updating"
  | "UpdateFailed"
  | "Publishing"
  | "PublishFailed"
  | "Deleting"
  | "DeleteFailed";

interface Variable {
  readonly key: string;
  readonly value: string;
}

/** A layer version of a function: its content is known by hash, so that the function keeps it whatever becomes of the layer. */
export interface LayerUse {
  readonly name: string;
  readonly version: number;
  readonly sha256: Sha256;
  readonly unpackedBytes: number;
}

/** What a function's owner asked for: everything that a version freezes, except its code. */
export interface FunctionSpec {
  readonly type: FunctionType;
  readonly form: FunctionForm;
  /** `index.main_handler`; a file for a 2019 service; empty for `scf_bootstrap`. */
  readonly handler: string;
  readonly runtime: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutS: number;
  readonly initTimeoutS: number;
  readonly environment: readonly Variable[];
  readonly role: string;
  /** In the order in which they are laid over each other: of two files at the same place, that of the later layer is seen. */
  readonly layers: readonly LayerUse[];
  /** Calls at a time in one instance: 1 for events, 1–100 for HTTP functions, services unbounded (0). */
  readonly concurrencyPerInstance: number;
  /** Seconds a WebSocket may be silent; null where the function takes no WebSocket. */
  readonly webSocketIdleS: number | null;
  /** The platform installs what its package asks for (package.json, requirements.txt) at deployment. Absent: it does not. */
  readonly installsDependencies?: boolean;
  /** Nothing that begins inside reaches the internet. Absent: it may. */
  readonly isOffline?: boolean;
  /**
   * Fields of the API that are kept and given back as they came, because nothing in the
   * platform acts on them yet (docs/reference says which): wire names, wire values.
   */
  readonly kept: Readonly<Record<string, unknown>>;
}

/** One immutable version, or `$LATEST`, which is the only one that changes. */
export interface FunctionVersion {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  /** `$LATEST`, `"1"`, `"2"`, … */
  readonly version: string;
  /** Changes whenever code or configuration does; an instance serves exactly one revision. */
  readonly revision: string;
  readonly spec: FunctionSpec;
  readonly codeSha256: Sha256;
  readonly codeSize: number;
}

export interface WeightedVersion {
  readonly version: string;
  /** Share of calls in [0, 1]. */
  readonly weight: number;
}

export interface MatchedVersion {
  readonly version: string;
  /** `invoke.headers.<name>`: `<name>` is looked up in the call's RoutingKey. */
  readonly key: string;
  readonly method: "exact" | "range";
  readonly expression: string;
}

/** A name for a version, with at most one further version that takes a share or the matching calls. */
export interface Alias {
  readonly name: string;
  readonly version: string;
  readonly weighted: readonly WeightedVersion[];
  readonly matched: readonly MatchedVersion[];
}
