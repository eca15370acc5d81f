import { z } from "zod";
import type { Exchange } from "../../listener/exchange.ts";
import type { Caller } from "../access/caller.ts";
import type { ApiRequest } from "../request/api-request.ts";

// Events of WebSocket APIs, as JSON text, and what functions say of them.

/** The event with which a function decides whether a client is accepted. */
export function connectingEvent(exchange: Exchange, request: ApiRequest, caller: Caller, connectionId: string): string {
  const { service, environment, api } = request;
  const { headers } = exchange.request;
  const protocol = headers["sec-websocket-protocol"];
  const extensions = headers["sec-websocket-extensions"];
  return JSON.stringify({
    requestContext: {
      serviceName: service.published.name,
      path: api.path,
      httpMethod: exchange.request.method,
      requestId: exchange.requestId,
      identity: caller.secretId === null ? {} : { secretId: caller.secretId },
      sourceIp: exchange.connection.peer.address,
      stage: environment.name,
      websocketEnable: true,
    },
    websocket: {
      action: "connecting",
      secConnectionID: connectionId,
      ...(protocol === undefined ? {} : { secWebSocketProtocol: protocol }),
      ...(extensions === undefined ? {} : { secWebSocketExtensions: String(extensions) }),
    },
  });
}

/** The event of one message of a client; bytes are base64. */
export function dataEvent(connectionId: string, data: Buffer, isBinary: boolean): string {
  return JSON.stringify({
    websocket: {
      action: "data send",
      secConnectionID: connectionId,
      dataType: isBinary ? "binary" : "text",
      data: data.toString(isBinary ? "base64" : "utf8"),
    },
  });
}

/** The event of a connection that is over. */
export function closingEvent(connectionId: string): string {
  return JSON.stringify({ websocket: { action: "closing", secConnectionID: connectionId } });
}

const welcome = z.object({
  errNo: z.number(),
  errMsg: z.string().nullish(),
  websocket: z
    .object({ secWebSocketProtocol: z.string().nullish(), secWebSocketExtensions: z.string().nullish() })
    .nullish(),
});

/** What the registering function said of a client. */
export interface Welcome {
  /** 0: the client is accepted. */
  readonly errNo: number;
  readonly errMsg: string;
  readonly protocol: string | null;
  readonly extensions: string | null;
}

/** Null: it is no answer to a connecting client. `resultText` is JSON. */
export function readWelcome(resultText: string): Welcome | null {
  const { data } = welcome.safeParse(JSON.parse(resultText));
  if (data === undefined) return null;
  return {
    errNo: data.errNo,
    errMsg: data.errMsg ?? "",
    protocol: data.websocket?.secWebSocketProtocol || null,
    extensions: data.websocket?.secWebSocketExtensions || null,
  };
}

const push = z.object({
  websocket: z.discriminatedUnion("action", [
    z.object({ action: z.literal("closing"), secConnectionID: z.string() }),
    z.object({
      action: z.enum(["data send", "data recv"]),
      secConnectionID: z.string(),
      dataType: z.enum(["text", "binary"]).default("text"),
      data: z.string(),
    }),
  ]),
});

/** What somebody pushes to a client. */
export type Push =
  | { readonly action: "closing"; readonly connectionId: string }
  | { readonly action: "data"; readonly connectionId: string; readonly data: Buffer; readonly isBinary: boolean };

/** Null: it is none. */
export function readPush(body: Buffer): Push | null {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    return null; // no JSON
  }
  const { data } = push.safeParse(json);
  if (data === undefined) return null;
  const { websocket } = data;
  const connectionId = websocket.secConnectionID;
  if (websocket.action === "closing") return { action: "closing", connectionId };
  const isBinary = websocket.dataType === "binary";
  return { action: "data", connectionId, data: Buffer.from(websocket.data, isBinary ? "base64" : "utf8"), isBinary };
}
