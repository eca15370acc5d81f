import { UpstreamConnection, type UpstreamOwner } from "./upstream-connection.ts";

/** Idle connections kept per instance; more are closed. */
const maxIdlePerInstance = 256;
/** Node closes idle connections after 5 s: ours go first, so that a request seldom meets one that just closed. */
const maxIdleMs = 4_000;
const sweepMs = 1_000;

/** Idle connections by instance, the last used first. A connection never moves from one instance to another. */
export class ConnectionPool implements UpstreamOwner {
  readonly #idle = new Map<string, UpstreamConnection[]>();
  readonly #all = new Set<UpstreamConnection>();
  readonly #onBug: (error: unknown) => void;
  #sweeper: NodeJS.Timeout | null = null;

  constructor(onBug: (error: unknown) => void) {
    this.#onBug = onBug;
  }

  /** An idle connection to the instance, or a new one. `fresh`: a new one in any case. */
  take(target: { host: string; port: number; instanceId: string }, { fresh = false } = {}): UpstreamConnection {
    const idle = fresh ? undefined : this.#idle.get(target.instanceId)?.pop();
    if (idle !== undefined) {
      if (!isStale(idle)) return idle;
      idle.destroy(); // a busy process sweeps late; those that were used before it are older still
    }
    const connection = new UpstreamConnection(target, this);
    this.#all.add(connection);
    return connection;
  }

  /** Nothing at the instance answers any more, for `reason`. */
  breakOff(instanceId: string, reason: string): void {
    for (const connection of this.#all) if (connection.instanceId === instanceId) connection.breakOff(reason);
  }

  onIdle(connection: UpstreamConnection): void {
    const idle = this.#idle.get(connection.instanceId);
    if (idle === undefined) this.#idle.set(connection.instanceId, [connection]);
    else if (idle.length < maxIdlePerInstance) idle.push(connection);
    else connection.destroy();
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  onGone(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    const idle = this.#idle.get(connection.instanceId);
    if (idle === undefined) return;
    const index = idle.lastIndexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    if (idle.length === 0) this.#idle.delete(connection.instanceId);
  }

  onBug(error: unknown): void {
    this.#onBug(error);
  }

  close(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    for (const connection of this.#all) connection.destroy();
  }

  #sweep(): void {
    for (const idle of this.#idle.values()) {
      for (const connection of idle.toReversed()) {
        if (!isStale(connection)) continue;
        idle.splice(idle.indexOf(connection), 1);
        connection.destroy();
      }
    }
    if (this.#all.size > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }
}

/** Whether the server may be about to close it: what was sent then would be lost, and a body cannot be sent twice. */
function isStale({ idleSinceMs, keepAliveS }: UpstreamConnection): boolean {
  const limitMs = keepAliveS === null ? maxIdleMs : Math.min(maxIdleMs, (keepAliveS - 1) * 1_000);
  return performance.now() - idleSinceMs >= limitMs;
}
