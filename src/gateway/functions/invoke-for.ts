import {
  platformErrors,
  PlatformError,
  traceVariables,
  type InvocationResult,
  type PlatformErrorCode,
  type Target,
} from "../../core/index.ts";
import type { Invoker } from "../../scheduler/index.ts";
import type { Answerer } from "../listener/answer/answerer.ts";
import type { Exchange } from "../listener/exchange.ts";

/** What an event function is called with. */
interface EventCall {
  readonly target: Target;
  /** JSON text. */
  readonly payload: string;
  /** `TRIGGER_SRC` of the call. */
  readonly source: string;
  /** Ends the call before its time, beside the client's leaving. */
  readonly signal?: AbortSignal;
  /** Further variables of the call. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs an event function for a client, whose leaving cancels the call. Failures are results, never rejections. */
export function invokeFor(exchange: Exchange, invoker: Invoker, call: EventCall): Promise<InvocationResult> {
  const clientGone = new AbortController();
  exchange.own(new EventAnswerer(clientGone));
  const { target, payload, source } = call;
  const signal = call.signal === undefined ? clientGone.signal : AbortSignal.any([clientGone.signal, call.signal]);
  const variables = { ...call.variables, TRIGGER_SRC: source, ...traceVariables(exchange.trace) };
  return invoker.invoke(
    { requestId: exchange.requestId, target, kind: "sync", retry: 0, payload, variables },
    { signal },
  );
}

/** Its body has been read, or nobody wants it: there is only the client to wait for. */
class EventAnswerer implements Answerer {
  readonly #clientGone: AbortController;

  constructor(clientGone: AbortController) {
    this.#clientGone = clientGone;
  }

  onBody(): boolean {
    return true;
  }

  onBodyEnd(): void {}

  onClientDrain(): void {}

  onClientGone(): void {
    this.#clientGone.abort();
  }
}

/** The failure of a result, with what user code said left out: that is for its owner, who finds it in the log. */
export function errorOfResult({ record, errorMessage }: InvocationResult): PlatformError {
  const code = codes.get(record.status) ?? "InternalError";
  return new PlatformError(code, errorMessage, { stackTrace: "" });
}

/** Codes by their status; of several the first. */
const codes: ReadonlyMap<number, PlatformErrorCode> = new Map(
  Object.entries(platformErrors)
    .toReversed()
    .map(([code, { status }]) => [status, code as PlatformErrorCode]), // the keys of the catalogue
);
