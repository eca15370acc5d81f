import net, { type Socket } from "node:net";
import { AnswerReader, type AnswerListener } from "./answer-reader.ts";
import { readOn } from "./read-on.ts";
import { MalformedAnswer } from "./upstream-head.ts";

/** Why an upstream connection was of no (more) use to a request. */
export type UpstreamFailure =
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "connect-timeout" }
  /** `isUnsent`: not a byte of the request had left; `isUnreached`: what had left came to a connection that the other side had ended; `isUnanswered`: no byte of the answer had come; `isReused`: the connection had served before. */
  | {
      readonly kind: "closed";
      readonly isUnsent: boolean;
      readonly isUnreached: boolean;
      readonly isUnanswered: boolean;
      readonly isReused: boolean;
      readonly message: string;
    }
  | { readonly kind: "malformed"; readonly message: string }
  /** The server stops, and a tunnel would outlast it. */
  | { readonly kind: "stopping" };

/** The request that has a connection to itself. */
export interface UpstreamUser extends AnswerListener {
  /** The connection is there. Not called for one that was there before. */
  onConnected(): void;
  /** What was written has gone out. */
  onDrain(): void;
  /** Nothing (more) of the answer will come. Called at most once, never after `onComplete`. */
  onBroken(failure: UpstreamFailure): void;
  /** One of the above threw, which was told to the owner: whatever state it is in, it lets go of everything. Must not throw. */
  onBug(): void;
}

/** Whoever takes the bytes of a connection whose protocol has changed. */
export type TunnelUser = Pick<UpstreamUser, "onData" | "onDrain" | "onBroken" | "onBug">;

/** Told when a connection may serve again, and when it never will. */
export interface UpstreamOwner {
  onIdle(connection: UpstreamConnection): void;
  onGone(connection: UpstreamConnection): void;
  /** A callback threw: a bug of ours, which costs its connection and not the server. Must not throw. */
  onBug(error: unknown): void;
}

export const connectTimeoutMs = 10_000;
/** A connection that is silent for so long is probed, ten times in as many seconds: a host that lost its power says no goodbye. */
const aliveAfterMs = 5_000;

/** All connections read into one buffer: what is kept of a piece is copied before the next is read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Connections whose request has not been sent. All requests that were read in one turn of the loop leave at its end, one right behind the
 * other: a server on the same core then finds many when it wakes, instead of being woken for each.
 */
const withUnsentHead: UpstreamConnection[] = [];

function sendHeads(): void {
  for (const connection of withUnsentHead) connection.sendHead();
  withUnsentHead.length = 0;
}

/**
 * One connection to an instance of a service, used by one request at a time.
 * States: `connecting → busy ⇄ idle → gone`; `busy → tunnel → gone` when the protocol changes.
 */
export class UpstreamConnection {
  readonly instanceId: string;
  /** When it began to be idle, by the monotonic clock. */
  idleSinceMs = 0;
  /** Seconds the server keeps an idle connection, where it said so. */
  keepAliveS: number | null = null;
  readonly #owner: UpstreamOwner;
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  readonly #connectTimer: NodeJS.Timeout;
  #user: UpstreamUser | null = null;
  #uses = 0;
  #isConnected = false;
  #tunnelUser: TunnelUser | null = null;
  #isPaused = false;
  #mayServeAgain = false;
  #error: Error | null = null;
  #unsentHead: string | null = null;
  #isUnreached = false;

  constructor(
    target: { readonly host: string; readonly port: number; readonly instanceId: string },
    owner: UpstreamOwner,
  ) {
    this.instanceId = target.instanceId;
    this.#owner = owner;
    const socket = net.connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: aliveAfterMs,
      onread: { buffer: readBuffer, callback: (bytes, buffer) => this.#onRead(bytes, buffer) },
    });
    this.#socket = readOn(socket, () => this.#isPaused);
    const onLate = (): void => this.#break({ kind: "connect-timeout" });
    this.#connectTimer = setTimeout(() => this.#react(onLate), connectTimeoutMs);
    this.#socket.on("connect", () => {
      this.#isConnected = true;
      clearTimeout(this.#connectTimer);
      this.#react(() => this.#user?.onConnected());
    });
    this.#socket.on("drain", () => this.#react(() => (this.#tunnelUser ?? this.#user)?.onDrain()));
    this.#socket.on("end", () => this.#react(() => this.#reader.end()));
    this.#socket.on("error", (error) => {
      this.#error = error;
    });
    this.#socket.on("close", () => this.#react(() => this.#onClose()));
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Sends a request's head (latin1, complete with its empty line). */
  start(user: UpstreamUser, head: string, isHeadRequest: boolean): void {
    this.#user = user;
    this.#uses++;
    this.#mayServeAgain = false;
    this.#reader.expect(user, isHeadRequest);
    this.#unsentHead = head;
    if (withUnsentHead.push(this) === 1) setImmediate(sendHeads);
  }

  /** One that cannot be written any more stays unsent: its close is at hand, and the request may go elsewhere. */
  sendHead(): void {
    const head = this.#unsentHead;
    if (head === null || !this.#socket.writable) return;
    this.#unsentHead = null;
    this.#isUnreached = this.#socket.readableEnded;
    this.#socket.write(head, "latin1");
  }

  /** False: wait for `onDrain`. */
  write(chunk: Buffer | string): boolean {
    this.sendHead();
    if (this.#unsentHead !== null) this.#isUnreached = true; // a piece of the body is gone, but nobody has it
    this.#unsentHead = null;
    return typeof chunk === "string" ? this.#socket.write(chunk, "latin1") : this.#socket.write(chunk);
  }

  /** Holds back writes until `uncork`, so that the pieces of a chunk leave together. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** The request is sent and its answer complete: the connection may serve another one. */
  release(): void {
    this.#user = null;
    this.#mayServeAgain = true;
  }

  /** From now on all bytes go to `user`. */
  becomeTunnel(user: TunnelUser): void {
    this.#tunnelUser = user;
    this.#user = null;
  }

  /** No more is written; what the server still sends is read. */
  end(): void {
    this.sendHead();
    this.#socket.end();
  }

  /** The other side hangs: whoever waits for it is told, and tries no other connection to it. */
  breakOff(reason: string): void {
    const failure = this.#closed(reason);
    const told = { ...failure, isUnsent: false, isReused: false };
    this.#react(() => this.#break(this.#isConnected ? told : { kind: "connect-timeout" }));
  }

  /** Forgets the user and closes. */
  destroy(): void {
    this.#user = null;
    this.#tunnelUser = null;
    this.#unsentHead = null;
    this.#socket.destroy();
  }

  /** Whether to read on. */
  #onRead(bytes: number, buffer: Uint8Array): boolean {
    const user = this.#tunnelUser ?? this.#user;
    const piece = Buffer.from(buffer.buffer, buffer.byteOffset, bytes);
    try {
      if (this.#tunnelUser === null) this.#readAnswer(piece);
      else this.#tunnelUser.onData(piece);
    } catch (error) {
      if (error instanceof MalformedAnswer)
        this.#react(() => this.#break({ kind: "malformed", message: error.message }));
      else this.#giveUp(user, error);
      return false;
    }
    return !this.#isPaused;
  }

  #readAnswer(piece: Buffer): void {
    if (this.#unsentHead !== null) return this.#break(this.#closed("it sent bytes that nobody asked for"));
    this.#reader.feed(piece);
    // Given back only here: whatever followed the answer would otherwise be taken for the next one's.
    if (this.#mayServeAgain && this.#reader.isIdle) {
      this.#mayServeAgain = false;
      if (this.#socket.writableLength > 0) return this.destroy(); // the answer came before the request was read
      this.idleSinceMs = performance.now();
      this.#owner.onIdle(this);
    }
  }

  /** Runs what answers to the socket or the clock. */
  #react(reaction: () => void): void {
    const user = this.#tunnelUser ?? this.#user;
    try {
      reaction();
    } catch (error) {
      this.#giveUp(user, error);
    }
  }

  #giveUp(user: TunnelUser | null, error: unknown): void {
    this.destroy();
    this.#owner.onBug(error);
    user?.onBug();
  }

  #onClose(): void {
    clearTimeout(this.#connectTimer);
    this.#owner.onGone(this);
    const message = this.#error?.message ?? "the server closed the connection";
    if (!this.#isConnected) this.#break({ kind: "refused", message });
    else this.#break(this.#closed(message));
  }

  #closed(message: string): UpstreamFailure & { kind: "closed" } {
    const isUnsent = this.#unsentHead !== null;
    const isUnreached = isUnsent || this.#isUnreached;
    return {
      kind: "closed",
      isUnsent,
      isUnreached,
      isUnanswered: !this.#reader.hasBegun,
      isReused: this.#uses > 1,
      message,
    };
  }

  #break(failure: UpstreamFailure): void {
    const user = this.#tunnelUser ?? this.#user;
    this.#user = null;
    this.#tunnelUser = null;
    this.#unsentHead = null;
    this.#socket.destroy();
    user?.onBroken(failure);
  }
}
