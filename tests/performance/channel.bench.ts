import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { initMessage } from "../conformance/channel-requests.ts";
import { SocketChannel, type CallHead, type CallReceiver } from "../../src/sandbox/index.ts";

/**
 * Calls over one channel to a runtime that echoes, both ends on one core when started as
 * `taskset -c 0 node tests/performance/channel.bench.ts [calls in flight] [seconds] [body bytes]`.
 */
const [inFlight, seconds, bodyBytes] = [32, 3, 0].map((standard, index) => Number(process.argv[2 + index] ?? standard));

const peer = spawn(process.execPath, [new URL("channel-echo.ts", import.meta.url).pathname], {
  stdio: ["ignore", "inherit", "inherit", "pipe"],
});
const stream = peer.stdio[3];
if (!(stream instanceof Duplex)) throw new Error("no channel");
const channel = new SocketChannel(stream);
const signal = AbortSignal.timeout(10_000);
await channel.ready({ signal });
await channel.init(initMessage, { signal });

const pairs = "host x.localhost:4878 user-agent wrk/4.1 accept */* accept-encoding gzip,deflate x-a b".split(" ");
const head: CallHead = {
  kind: "http",
  requestId: crypto.randomUUID(),
  deadlineMs: 3_000,
  method: "GET",
  target: "/hello?name=world",
  pairs,
  body: "x".repeat(bodyBytes ?? 0),
};
let answered = 0;
let isMeasuring = true;
const receiver: CallReceiver = {
  onHead() {},
  onData() {},
  onEnd() {
    answered += 1;
    if (isMeasuring) channel.open(head, receiver);
  },
  onError: (failure) => {
    throw new Error(failure.message);
  },
  onDrain() {},
};

for (let index = 0; index < (inFlight ?? 32); index++) channel.open(head, receiver);
await measure(500); // warm up
const { calls, wallMs, cpuMs } = await measure((seconds ?? 3) * 1_000);
isMeasuring = false;
channel.close("measured");
console.log(
  `${inFlight} in flight, body ${bodyBytes}: ${Math.round(calls / (wallMs / 1_000))} calls/s, ` +
    `${((cpuMs * 1_000) / calls).toFixed(2)} µs CPU a call at the platform's end`,
);

async function measure(ms: number): Promise<{ calls: number; wallMs: number; cpuMs: number }> {
  const [before, wall, cpu] = [answered, performance.now(), process.cpuUsage()];
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { user, system } = process.cpuUsage(cpu);
  return { calls: answered - before, wallMs: performance.now() - wall, cpuMs: (user + system) / 1_000 };
}
