import { createHmac, timingSafeEqual } from "node:crypto";

/** What a process asks of another one, as far as its pass vouches for it. */
export interface HostRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly requestId: string;
  /** The function that it was routed to, as text; empty for none. */
  readonly target: string;
}

/** Names of the headers between processes; none of them is ever passed on or taken from a client. */
export const hostHeaders = {
  pass: "x-gust-pass",
  requestId: "x-gust-request-id",
  target: "x-gust-target",
  prefix: "x-gust-prefix",
} as const;

/** Clocks of hosts may differ by so much. */
const validMs = 5 * 60_000;

/** Shows that a request comes from a process of this installation: whoever has the key that signs tokens of functions. */
export function issuePass(key: Buffer, request: HostRequest, now: number): string {
  return `${now}.${sign(key, request, now).toString("base64url")}`;
}

export function isPassOf(key: Buffer, pass: string, request: HostRequest, now: number): boolean {
  const [, time = "", signature = ""] = /^(\d{1,15})\.([\w-]{43})$/.exec(pass) ?? [];
  if (time === "" || Math.abs(Number(time) - now) > validMs) return false;
  return timingSafeEqual(Buffer.from(signature, "base64url"), sign(key, request, Number(time)));
}

function sign(key: Buffer, { method, url, requestId, target }: HostRequest, now: number): Buffer {
  return createHmac("sha256", key).update(`host\n${now}\n${method}\n${url}\n${requestId}\n${target}`).digest();
}
