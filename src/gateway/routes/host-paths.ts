import { PathShape } from "./path-shape.ts";

/** Where a path of a host leads. */
export interface PathEntry<Target> {
  /** `/a`: that path alone. `/a/*`: it and everything below; `/*`: everything. */
  readonly match: string;
  readonly target: Target;
}

/** The paths of one host, ready to be looked up; never changes. */
export class HostPaths<Target> {
  readonly shape: PathShape;
  /** By the places that the shape gives. */
  readonly targets: readonly Target[];

  constructor(entries: readonly PathEntry<Target>[]) {
    this.shape = PathShape.of(entries.map(({ match }) => match));
    this.targets = entries.map(({ target }) => target);
  }
}
