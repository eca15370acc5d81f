import { createHash, createHmac } from "node:crypto";
import net from "node:net";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import type { RunningServer } from "../running-server.ts";

/** A call of the API as it goes over the wire, to be wrong in one place at a time. */
export interface WireRequest {
  readonly action: string;
  readonly method?: "POST" | "GET";
  /** Without its `?`. */
  readonly query?: string;
  readonly contentType?: string;
  readonly body?: Buffer;
  /** Length that the head claims; that of the body when absent. */
  readonly claimedLength?: number;
  /** Further header lines, last in the head. */
  readonly lines?: readonly string[];
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

/** The bytes of a call, signed with TC3-HMAC-SHA256 whatever is in it. */
export function signedRequest(server: RunningServer, request: WireRequest): Buffer {
  const { action, method = "POST", query = "", lines = [] } = request;
  const { contentType = "application/json", body = Buffer.alloc(0) } = request;
  const host = `127.0.0.1:${server.port}`;
  const timestamp = Math.floor(Date.now() / 1_000);
  const date = new Date(timestamp * 1_000).toISOString().slice(0, 10);
  const names = "content-type;host";
  const canonical = `${method}\n/\n${query}\ncontent-type:${contentType}\nhost:${host}\n\n${names}\n${sha256(body)}`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${date}/scf/tc3_request\n${sha256(canonical)}`;
  const { secretId, secretKey } = server.credentials;
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), "scf"), "tc3_request");
  const signature = hmac(key, text).toString("hex");
  const head = [
    `${method} /${query === "" ? "" : `?${query}`} HTTP/1.1`,
    `Host: ${host}`,
    `Content-Type: ${contentType}`,
    `X-TC-Action: ${action}`,
    "X-TC-Version: 2018-04-16",
    "X-TC-Region: ap-guangzhou",
    `X-TC-Timestamp: ${timestamp}`,
    `Authorization: TC3-HMAC-SHA256 Credential=${secretId}/${date}/scf/tc3_request, SignedHeaders=${names}, Signature=${signature}`,
    `Content-Length: ${request.claimedLength ?? body.length}`,
    "Connection: close",
    ...lines,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

function sha256(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Sends bytes on a connection of their own; null when nothing comes back before the server closes it. */
export async function exchange(server: RunningServer, bytes: Buffer): Promise<WireAnswer | null> {
  const socket = net.connect({ port: server.port, host: "127.0.0.1" });
  await once(socket, "connect");
  const received = buffer(socket).catch(() => Buffer.alloc(0)); // reset by the server
  socket.write(bytes);
  const text = (await received).toString("utf8");
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...headers] = head.split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1] ?? 0);
  return status === 0 ? null : { status, headers, body: rest.join("\r\n\r\n") };
}

/** Sends bytes and closes the connection without waiting for anything. */
export async function sendAndLeave(server: RunningServer, bytes: Buffer): Promise<void> {
  const socket = net.connect({ port: server.port, host: "127.0.0.1" });
  socket.on("error", () => undefined); // the server may close it first
  await once(socket, "connect");
  socket.end(bytes);
  socket.resume();
  await once(socket, "close");
}
