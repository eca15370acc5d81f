import { once } from "node:events";
import net from "node:net";

/** What one run of `ws-load.ts` prints. */
export interface WebSocketLoad {
  readonly messagesPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** The generator's own, of one core. */
  readonly cpuShare: number;
}

/** Payload of each message: bytes. */
const payloadBytes = 64;

/** A masked text frame; the mask is of zeros, so that the payload stands as it is. */
const message = Buffer.concat([Buffer.from([0x81, 0x80 | payloadBytes, 0, 0, 0, 0]), Buffer.alloc(payloadBytes, "x")]);
const echo = Buffer.concat([Buffer.from([0x81, payloadBytes]), Buffer.alloc(payloadBytes, "x")]);

/** Opens a WebSocket and gives its socket once the server has switched. */
export async function openWebSocket(port: number, host: string, path = "/"): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const [answer]: Buffer[] = await once(socket, "data");
  const text = answer?.toString("latin1") ?? "";
  if (!text.startsWith("HTTP/1.1 101") || !text.endsWith("\r\n\r\n")) throw new Error(`No WebSocket: ${text}`);
  return socket;
}

/** Sends a message on each socket, and the next when its echo is there, until the time is up. */
async function run(sockets: readonly net.Socket[], seconds: number): Promise<WebSocketLoad> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  const before = process.cpuUsage();
  await Promise.all(sockets.map((socket) => converse(socket, end, latencies)));
  const tookMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => 1_000 * (latencies[Math.floor(latencies.length * share)] ?? Number.NaN);
  return {
    messagesPerSecond: (latencies.length / tookMs) * 1_000,
    p50Us: at(0.5),
    p99Us: at(0.99),
    cpuShare: (user + system) / 1_000 / tookMs,
  };
}

function converse(socket: net.Socket, end: number, latencies: number[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let pending: Buffer = Buffer.alloc(0);
  let sentAt = performance.now();
  socket.on("data", (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (pending.length < echo.length) return;
    if (!pending.equals(echo)) return reject(new Error("The echo is not what was sent"));
    pending = Buffer.alloc(0);
    const now = performance.now();
    latencies.push(now - sentAt);
    if (now >= end) return resolve();
    sentAt = now;
    socket.write(message);
  });
  socket.on("close", () => reject(new Error("The connection ended")));
  socket.write(message);
  return promise;
}

/** Arguments: port, host, connections, seconds. Prints a `WebSocketLoad` as JSON. */
if (import.meta.main) {
  const [port = "", host = "", connections = "", seconds = ""] = process.argv.slice(2);
  const sockets = await Promise.all(
    Array.from({ length: Number(connections) }, () => openWebSocket(Number(port), host)),
  );
  const result = await run(sockets, Number(seconds));
  process.stdout.write(JSON.stringify(result));
  process.exit(0);
}
