import type { CallAhead, CallReceiver, ChannelCall, RuntimeFailure } from "./channel.ts";
import type { FrameSink } from "./codec/frame-reader.ts";
import type { OpenCall } from "./open-call.ts";

/** The call that was sent behind INIT, as long as nobody has taken it. */
export class OpenCallAhead implements CallAhead {
  readonly #call: OpenCall;
  readonly #nobody: Nobody;
  readonly #onBegun: () => void;

  /** `open` sends the call; `onBegun` runs when its receiver can hear of it, in a turn of its own: whoever begins it is busy with it. */
  constructor(open: (receiver: CallReceiver) => OpenCall, onBegun: () => void) {
    this.#nobody = new Nobody();
    this.#call = open(this.#nobody);
    this.#onBegun = onBegun;
  }

  begin(receiver: CallReceiver): ChannelCall {
    this.#call.handTo(receiver);
    const { failure } = this.#nobody;
    queueMicrotask(failure === null ? this.#onBegun : () => receiver.onError(failure));
    return this.#call;
  }

  cancel(): void {
    this.#call.cancel("caller-gone");
  }
}

/** Hears no more than that the channel has ended: all else waits for a receiver. */
class Nobody implements CallReceiver {
  failure: RuntimeFailure | null = null;

  onError(failure: RuntimeFailure): void {
    this.failure = failure;
  }

  onHead(): void {}

  onData(): void {}

  onEnd(): void {}

  onDrain(): void {}
}

/**
 * Keeps what a runtime says behind INITIALIZED in the same bytes, until a call ahead has its receiver. No more than one
 * read of the stream: whoever waits for INITIALIZED takes the call before the next.
 */
export class EarlyFrames implements FrameSink {
  readonly #sink: FrameSink;
  readonly #kept: (() => void)[] = [];

  /** `sink`: to whom they go in the end. */
  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  onFrame(type: number, call: number, buffer: Buffer, start: number, end: number): void {
    const payload = Buffer.from(buffer.subarray(start, end));
    this.#kept.push(() => this.#sink.onFrame(type, call, payload, 0, payload.length));
  }

  onDataStart(call: number, length: number): void {
    this.#kept.push(() => this.#sink.onDataStart(call, length));
  }

  onData(call: number, chunk: Buffer): void {
    const bytes = Buffer.from(chunk);
    this.#kept.push(() => this.#sink.onData(call, bytes));
  }

  /** In their order; throws what the sink throws. */
  deliver(): void {
    for (const tell of this.#kept) tell();
  }
}
