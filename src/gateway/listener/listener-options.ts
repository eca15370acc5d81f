import type { Socket } from "node:net";
import type { Clock, Logger } from "../../core/index.ts";
import type { Peer } from "./client-line.ts";
import type { Refusal } from "./refusal.ts";
import type { ServerCertificates } from "./server/http-server.ts";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether other processes of this user may listen there, too. */
  readonly sharePort?: boolean;
  /** Whether connections may come hundreds at once. */
  readonly expectsCrowds?: boolean;
  readonly headerBytes: number;
  readonly headerTimeoutS: number;
  readonly idleTimeoutS: number;
  readonly bodyIdleTimeoutS: number;
  readonly drainTimeoutS: number;
  /** More are closed at once. Absent: as many as the system gives. */
  readonly closesBeyond?: number;
  /** Counts connections, and says why one may not stay. Absent: all may. */
  readonly openConnections?: { enter(socket: Socket, peer: Peer): Refusal | null };
  /** Absent: it speaks without TLS. */
  readonly certificates?: ServerCertificates;
  readonly clock: Clock;
  readonly logger: Logger;
}
