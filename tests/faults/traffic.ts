import { clientOf, type DeployedFunction } from "../deployed-function.ts";
import type { RunningServer } from "../running-server.ts";

/** Calls that go on until they are stopped. */
export interface Traffic {
  /** Request ids of the calls that were answered well. */
  readonly acknowledged: readonly string[];
  /** What the others heard, in order. */
  readonly failures: readonly string[];
  /** Resolves when `count` more calls were answered well. */
  more(count: number): Promise<void>;
  /** Begins no further call; resolves when those under way have ended. */
  stop(): Promise<void>;
}

const patienceMs = 30_000;

/** Lets several callers repeat a call, which gives the request id of a good answer and rejects otherwise. */
function repeat(what: string, callers: number, call: () => Promise<string>): Traffic {
  const acknowledged: string[] = [];
  const failures: string[] = [];
  const waiting = new Set<() => void>();
  let isRunning = true;
  const work = Array.from({ length: callers }, async () => {
    while (isRunning) {
      await call().then(
        (id) => {
          acknowledged.push(id);
          waiting.forEach((look) => look());
        },
        (error: unknown) => failures.push(error instanceof Error ? error.message : String(error)),
      );
    }
  });
  return {
    acknowledged,
    failures,
    more(count) {
      const wanted = acknowledged.length + count;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = (): void => {
        if (acknowledged.length >= wanted) resolve();
      };
      const late = setTimeout(() => {
        reject(
          new Error(`${what}: not ${count} more answers within 30 s; last failures: ${failures.slice(-3).join("; ")}`),
        );
      }, patienceMs);
      waiting.add(look);
      return promise.finally(() => {
        clearTimeout(late);
        waiting.delete(look);
      });
    },
    async stop() {
      isRunning = false;
      await Promise.all(work);
    },
  };
}

/** Synchronous calls of an event function. */
export function eventTraffic(server: RunningServer, name: string): Traffic {
  return repeat(name, 4, () => invoke(server, name, "RequestResponse"));
}

/** Events that are accepted, to be run later. */
export function asynchronousTraffic(server: RunningServer, name: string): Traffic {
  return repeat(`${name} (asynchronous)`, 2, () => invoke(server, name, "Event"));
}

/** Requests to an HTTP function or a service; the whole answer has to come. */
export function httpTraffic({ name, url }: DeployedFunction, callers = 4): Traffic {
  return repeat(name, callers, async () => {
    const answer = await fetch(url);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.headers.get("x-scf-status")} ${text}`);
    return String(answer.headers.get("x-scf-request-id"));
  });
}

async function invoke(server: RunningServer, name: string, kind: "RequestResponse" | "Event"): Promise<string> {
  const { Result: result } = await clientOf(server).call("Invoke", {
    FunctionName: name,
    InvocationType: kind,
    ClientContext: "{}",
  });
  const { FunctionRequestId: id, InvokeResult: code, ErrMsg: message } = result as Record<string, unknown>; // wire type of Invoke
  if (kind === "RequestResponse" && code !== 0) throw new Error(String(message));
  return String(id);
}
