import { createHmac, timingSafeEqual } from "node:crypto";

/** The WebSocket API whose connections are meant. */
export interface PushTarget {
  readonly serviceId: string;
  readonly apiId: string;
}

/**
 * Where data is pushed to clients of a WebSocket API, as a path at the address of the cloud API and at the one that functions have it by. Whoever
 * knows it may push: it ends with a code that nobody can guess, as the code that Tencent's users run signs nothing.
 */
export function webSocketPushPath(tokenKey: Buffer, target: PushTarget): string {
  return `${webSocketPushPrefix}${target.serviceId}/${target.apiId}/${codeOf(tokenKey, target).toString("base64url")}`;
}

/** What such a path begins with. */
export const webSocketPushPrefix = "/-/websocket/";

/** Reads such a path. Null: it was not made by this installation. */
export function readPushPath(tokenKey: Buffer, path: string): PushTarget | null {
  const [, serviceId, apiId, code] = /^\/-\/websocket\/([\w-]{1,64})\/([\w-]{1,64})\/([\w-]{32})$/.exec(path) ?? [];
  if (serviceId === undefined || apiId === undefined || code === undefined) return null;
  const target = { serviceId, apiId };
  return timingSafeEqual(Buffer.from(code, "base64url"), codeOf(tokenKey, target)) ? target : null;
}

function codeOf(tokenKey: Buffer, { serviceId, apiId }: PushTarget): Buffer {
  return createHmac("sha256", tokenKey).update(`push to ${serviceId}/${apiId}`).digest().subarray(0, 24);
}
