import type {
  FunctionVersion,
  InvocationKind,
  InvocationResult,
  PlatformError,
  RequestId,
  Target,
} from "../core/index.ts";

/** A call to run. */
export interface Invocation {
  readonly requestId: RequestId;
  readonly target: Target;
  readonly kind: InvocationKind;
  /** How often this event was delivered before. */
  readonly retry: number;
}

/** An event call: JSON text in, JSON text out. */
export interface EventInvocation extends Invocation {
  readonly payload: string;
  /** Variables that hold for this call alone, e.g. `TRIGGER_SRC`. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The head of an HTTP call to an HTTP function. */
export interface HttpInvocation extends Invocation {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** End-to-end header names and values in turn, of this call alone. */
  readonly rawHeaders: readonly string[];
  /** Those that it shares with other calls: the very same list, which is encoded once. */
  readonly sharedHeaders?: readonly string[] | undefined;
  /** The whole body when it is already here (≤ 64 KiB); absent: `write` and `end` follow. */
  readonly body?: Uint8Array | string | undefined;
  /** Asks for a change of protocol; `body` is empty, and `write` and `end` are for the new protocol, after the head 101. */
  readonly isUpgrade?: boolean | undefined;
}

/** Where an HTTP call's answer goes. Called synchronously; must not throw. `onEnd` or `onError` is last. */
export interface HttpReceiver {
  /** `body` is the whole body when the answer came in one piece: valid during the call only, and not to be shown before `onEnd` (or `onError`, instead of it). Status 1xx may come before the final one; 101, where it was asked for, is final. Gives what is wrong with a head that no client can get: the call fails with it, through `onError`. */
  onHead(status: number, pairs: readonly string[], body: Buffer | null): PlatformError | null;
  /** Never used again: may be kept, and with it all that was read together. Give credit back with `grant` when the client has taken it. Gives what is wrong, as `onHead` does. */
  onData(chunk: Buffer): PlatformError | null;
  /** Nothing more will come, before its record is written. Gives what is wrong with an answer that ends here, as `onHead` does. */
  onLastData(): PlatformError | null;
  /** The call's record is on disk. */
  onEnd(trailers: string[] | null): void;
  /** Nothing (more) of the answer will come. `version` is null when none was resolved. */
  onError(error: PlatformError, version: FunctionVersion | null): void;
  /** The body may be written, or go on: after a `write` that said no, and when an instance has the call whose body follows. */
  onDrain(): void;
}

/** A running HTTP call. */
export interface HttpCall {
  /** False: wait for `onDrain`. */
  write(chunk: Uint8Array): boolean;
  end(trailers?: readonly string[]): void;
  grant(bytes: number): void;
  /** The client is gone: the function is told, the record is written, with another SCF `status` where there is one to tell. */
  cancel(status?: number): void;
}

/** The right to use an instance of a service once; `release` writes the record and gives it back. */
export interface ServiceSlot {
  readonly version: FunctionVersion;
  /** Where the server listens, from this host. */
  readonly host: string;
  readonly port: number;
  /** Changes when the instance does: connections to another instance must not be reused. */
  readonly instanceId: string;
  /** The headers of the server's answer that the client gets: with `Server-Timing` where the function's owner asks for it. */
  shownHeaders(pairs: readonly string[]): readonly string[];
  /** Why the server broke its connection just now, where the host knows: the memory of the function was used up. */
  explainBreak(): PlatformError | null;
  /** `isInstanceLost`: the server refused or broke the connection, so its health is checked. `message` is for the log. */
  release(outcome: {
    readonly status: number;
    readonly httpStatus: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly isInstanceLost: boolean;
    readonly message?: string;
  }): void;
}

/** The only way to run anything. */
export interface Invoker {
  /** Runs an event to its end. Failures of any kind are results, never rejections. */
  invoke(invocation: EventInvocation, options: { signal: AbortSignal }): Promise<InvocationResult>;
  /** Starts a call of an HTTP function. */
  startHttp(invocation: HttpInvocation, receiver: HttpReceiver): HttpCall;
  /** A slot of a ready instance of a service, at once when there is one; rejects with PlatformError. `signal` is only read when it has to wait. */
  acquireService(invocation: Invocation, options: { readonly signal: AbortSignal }): ServiceSlot | Promise<ServiceSlot>;
}
