import type { Route } from "../../scheduler/index.ts";

/** The function or service that a request is for, and what it sees of the address. */
export interface FunctionDestination {
  readonly route: Route;
  /** Path and query. */
  readonly path: string;
  /** What was taken off the path; empty when the host name chose the function. */
  readonly prefix: string;
}
