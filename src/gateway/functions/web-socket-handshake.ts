import { valuesOf } from "../listener/field-names.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";
import type { RequestHead } from "../listener/request-head.ts";

const keyPattern = /^[A-Za-z0-9+/]{22}==$/;

/** Whether a request wants to speak WebSocket; how well is for `refusalOfHandshake`. */
export function asksForWebSocket(head: RequestHead): boolean {
  return head.upgrade.toLowerCase() === "websocket";
}

/** What a client's handshake lacks (RFC 6455, 4.2.1); null: nothing. */
export function refusalOfHandshake(
  request: { readonly method?: string | undefined; readonly httpVersion: string },
  head: RequestHead,
): Refusal | null {
  if (request.method !== "GET" || request.httpVersion === "1.0") {
    return badHandshake("is a GET of HTTP/1.1");
  }
  const [version, ...otherVersions] = valuesOf(head.endToEnd, "sec-websocket-version");
  if (version !== "13" || otherVersions.length > 0) {
    return refusal(426, "UpgradeRequired", "WebSocket is spoken in version 13; send Sec-WebSocket-Version: 13.", {
      pairs: ["sec-websocket-version", "13"],
    });
  }
  const [key, ...otherKeys] = valuesOf(head.endToEnd, "sec-websocket-key");
  if (key === undefined || otherKeys.length > 0 || !keyPattern.test(key)) {
    return badHandshake("has one Sec-WebSocket-Key of 16 bytes in Base64");
  }
  return null;
}

function badHandshake(rule: string): Refusal {
  return refusal(400, "BadRequest", `This is no WebSocket handshake, which ${rule}.`);
}
