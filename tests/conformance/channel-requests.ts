import { randomUUID } from "node:crypto";
import type {
  CallHead,
  CallReceiver,
  Channel,
  ChannelCall,
  InitMessage,
  RuntimeFailure,
} from "../../src/sandbox/index.ts";

/** What came back of one call. */
export interface Answer {
  readonly status: number;
  readonly pairs: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[] | null;
}

/** A call that failed: carries the runtime's failure. */
export class CallFailure extends Error {
  readonly failure: RuntimeFailure;

  constructor(failure: RuntimeFailure) {
    super(`${failure.kind}: ${failure.message}`);
    this.failure = failure;
  }
}

export const initMessage: InitMessage = {
  form: "http",
  handler: "index.handler",
  codeRoot: "/nowhere",
  environment: {},
  function: {
    name: "scripted",
    namespace: "default",
    version: "$LATEST",
    region: "ap-guangzhou",
    appId: "1",
    uin: "1",
    memoryMb: 128,
    timeoutMs: 3_000,
  },
  maxResultBytes: 6_291_456,
  initTimeoutMs: 10_000,
};

/** A receiver that keeps everything and gives credit back at once; overrides take the place of its methods. */
export function collect(overrides: Partial<CallReceiver> = {}): {
  readonly receiver: CallReceiver;
  readonly answer: Promise<Answer>;
  attach(call: ChannelCall): void;
} {
  const done = Promise.withResolvers<Answer>();
  done.promise.catch(() => undefined); // whoever is interested awaits it
  const chunks: Buffer[] = [];
  let call: ChannelCall | null = null;
  let status = 0;
  let pairs: readonly string[] = [];
  const receiver: CallReceiver = {
    onHead(newStatus, newPairs, body) {
      status = newStatus;
      pairs = newPairs;
      if (body !== null) chunks.push(Buffer.from(body));
    },
    onData(chunk) {
      chunks.push(Buffer.from(chunk));
      call?.grant(chunk.length);
    },
    onEnd: (trailers) => done.resolve({ status, pairs, body: Buffer.concat(chunks), trailers }),
    onError: (failure) => done.reject(new CallFailure(failure)),
    onDrain() {},
    ...overrides,
  };
  return { receiver, answer: done.promise, attach: (opened) => (call = opened) };
}

export function httpHead(target: string, body?: Uint8Array | string): CallHead {
  const head = { kind: "http", requestId: randomUUID(), deadlineMs: 5_000, method: "POST", target, pairs: [] } as const;
  return body === undefined ? head : { ...head, body };
}

/** One HTTP call with its whole body. */
export function request(channel: Channel, target: string, body: Uint8Array | string = ""): Promise<Answer> {
  const { receiver, answer, attach } = collect();
  attach(channel.open(httpHead(target, body), receiver));
  return answer;
}

/** Writes pieces as fast as `write` and `onDrain` allow, then ends. */
export function upload(channel: Channel, target: string, pieces: Iterable<Uint8Array>): Promise<Answer> {
  const iterator = pieces[Symbol.iterator]();
  let call: ChannelCall | null = null;
  const pump = (): void => {
    for (let piece = iterator.next(); ; piece = iterator.next()) {
      if (piece.done === true) return call?.end();
      if (call?.write(piece.value) !== true) return;
    }
  };
  const { receiver, answer, attach } = collect({ onDrain: pump });
  call = channel.open(httpHead(target), receiver);
  attach(call);
  pump();
  return answer;
}
