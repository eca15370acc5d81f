import type { LogLine } from "../../core/index.ts";

/**
 * A failure as PROTOCOL.md has it, and three that no runtime says: `protocol` (it broke PROTOCOL.md), `not-begun` (the channel
 * closed before the call left, so that it may be placed elsewhere), `lost` (the platform lost the sandbox).
 */
export interface RuntimeFailure {
  readonly kind:
    | "user"
    | "handler-missing"
    | "bad-result"
    | "result-too-large"
    | "code"
    | "exit"
    | "port"
    | "memory"
    | "start"
    | "protocol"
    | "not-begun"
    | "lost";
  readonly errorType: string;
  readonly message: string;
  readonly stackTrace: string;
}

/** INIT of PROTOCOL.md. */
export interface InitMessage {
  readonly form: "event" | "http" | "service";
  readonly handler: string;
  readonly codeRoot: string;
  /** Absent when the function has no layers. */
  readonly layersRoot?: string;
  /** What the platform made of the package lies over it; otherwise all files are the owner's, whatever they are called. */
  readonly isOverlaid?: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly function: {
    readonly name: string;
    readonly namespace: string;
    readonly version: string;
    readonly region: string;
    readonly appId: string;
    readonly uin: string;
    readonly memoryMb: number;
    readonly timeoutMs: number;
  };
  readonly maxResultBytes: number;
  readonly initTimeoutMs: number;
  /** Of a service: where this host will connect to it, and the port that it should listen on. */
  readonly host?: string;
  readonly port?: number;
}

export type InitOutcome =
  | { readonly kind: "initialized"; readonly handler: "event" | "http" | "service"; readonly port: number | null }
  | { readonly kind: "failed"; readonly failure: RuntimeFailure };

export interface CallHead {
  readonly kind: "event" | "http";
  readonly requestId: string;
  /** Milliseconds until the deadline; 0 = none. */
  readonly deadlineMs: number;
  /** http only. */
  readonly method?: string;
  /** http only: path and query. */
  readonly target?: string;
  /** http: header names and values in turn; event: variables of this call, name and value in turn. */
  readonly pairs: readonly string[];
  /** http: pairs that other calls have too; they come behind `pairs`. */
  readonly shared?: readonly string[] | undefined;
  /** The whole body when it is already here and at most 64 KiB; absent: `write`/`end` follow. */
  readonly body?: Uint8Array | string | undefined;
  /** http only: asks for a change of protocol, and has an empty `body`; `write` and `end` are for the new protocol, after HEAD 101. */
  readonly isUpgrade?: boolean | undefined;
}

/**
 * Where a call's answer goes. Called synchronously while frames are read; must not throw.
 * After `onEnd` or `onError` nothing more is called.
 */
export interface CallReceiver {
  /** http only. `body` is the whole body when the answer came in one frame (then `onEnd` follows at once). `pairs` are names and values in turn. Informational heads (1xx) come first; 101, only where `isUpgrade` asked for it, is final. */
  onHead(status: number, pairs: readonly string[], body: Buffer | null): void;
  /** The bytes are never used again: they may be kept, and with them all that was read together. Give credit back with `grant`. */
  onData(chunk: Buffer): void;
  onEnd(trailers: string[] | null): void;
  onError(failure: RuntimeFailure): void;
  /** The request body may be written again after `write` returned false. */
  onDrain(): void;
}

/** The platform's side of one running call. */
export interface ChannelCall {
  /** Sends request body; false: credit is used up (or the socket is full), wait for `onDrain`. Never loses bytes: what has no credit waits, bounded by what the caller writes after false. The chunk is kept by reference until it has gone: leave it as it is. After the call is over bytes are discarded. */
  write(chunk: Uint8Array): boolean;
  end(trailers?: readonly string[]): void;
  /** Response bytes that the consumer has taken: lets the runtime send as many again. */
  grant(bytes: number): void;
  /** Tells the runtime; the answer may still come. */
  cancel(reason: "caller-gone" | "deadline" | "stopping"): void;
  /** Forgets the call: the runtime is told that the caller is gone, later frames about it are dropped, the receiver hears nothing more. */
  abandon(): void;
}

/** A call that is with the runtime before anybody listens to it. */
export interface CallAhead {
  /** As soon as `init` has said `initialized`, in the same turn of the event loop: what is said of the call goes to `receiver`, behind this. */
  begin(receiver: CallReceiver): ChannelCall;
  /** Nobody waits for it any more. It must be begun all the same, since it may run already; it ends soon. */
  cancel(): void;
}

export interface ChannelClose {
  /** `end`: the stream ended; `protocol`: the runtime broke PROTOCOL.md; `local`: we closed it. */
  readonly reason: "end" | "protocol" | "local";
  readonly message: string;
}

/** The conversation with the runtime in one sandbox. */
export interface Channel {
  /** Says ahead what `init` will say, while the code is on its way: a runtime that can does what needs none. At most once. */
  prepare(message: InitMessage): void;
  /** Loads the handler; once, with what was prepared where something was. An end of the channel is a failed outcome, too. */
  init(message: InitMessage, options: { signal: AbortSignal }): Promise<InitOutcome>;
  /**
   * Right behind `init`: sends the one call that the runtime begins as soon as its handler is loaded, and not at all if that fails. Its body must be
   * whole and at most 64 KiB. Null: the channel cannot have it (any more).
   */
  openAhead(head: CallHead): CallAhead | null;
  open(head: CallHead, receiver: CallReceiver): ChannelCall;
  /** What the runtime says of itself at READY, such as `26.10.0`: to be shown, not to be relied on. Empty before. */
  readonly runtimeVersion: string;
  /** Calls under way. */
  readonly activeCalls: number;
  /** Milliseconds until the runtime answered; rejects when the channel closes or `signal` fires. */
  ping(options: { signal: AbortSignal }): Promise<number>;
  stop(graceMs: number): void;
  /** Lines of user code, with the request they belong to (null: none). One listener, set before `init`. */
  onLog: (requestId: string | null, line: LogLine) => void;
  /** ERROR with call 0: the runtime is about to die of this. */
  onFailure: (failure: RuntimeFailure) => void;
  /** Resolves once; calls still open have been given `onError` (kind `exit`, `protocol` or `not-begun`). Never rejects. */
  readonly closed: Promise<ChannelClose>;
}
