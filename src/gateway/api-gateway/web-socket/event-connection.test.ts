import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { Socket } from "node:net";
import { it } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { WebSocket, WebSocketServer } from "ws";
import { continueTrace } from "../../../core/index.ts";
import { EventConnection } from "./event-connection.ts";
import { MessageBudget } from "./message-budget.ts";

const mebibyte = 1024 * 1024;

it("pieces of a compressed message count with what they have become", async () => {
  const budget = new MessageBudget(2 * mebibyte);
  await using parts = new AsyncDisposableStack();
  const server = http.createServer();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: true, maxPayload: 4 * mebibyte });
  const messages: number[] = [];
  const calls = {
    message: async (_source: unknown, event: string) => {
      messages.push(JSON.parse(event).websocket.data.length);
      return "sent" as const;
    },
    closing: async () => undefined,
  };
  const host = { calls, now: () => 0, onBug: (error: unknown) => assert.fail(String(error)) };
  const target = { namespace: "default", functionName: "f", qualifier: "$DEFAULT" };
  const of = { serviceId: "service-a", apiId: "api-a", environment: "release" } as const;
  const api = { ...of, transport: target, cleanup: null, variables: {} };
  const over = Promise.withResolvers<void>();
  server.on("upgrade", (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const handshake = { bytesIn: 0, bytesOut: 0, trace: continueTrace(null) };
      const rest = { webSocket, socket, share: budget.open(), connectionId: "id", api, handshake };
      return new EventConnection(host, { ...rest, onOver: over.resolve });
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  parts.defer(() => void server.close());
  const address = server.address();
  const client = new WebSocket(`ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
  parts.defer(() => client.terminate());
  const upgraded = Promise.withResolvers<Socket>();
  client.once("upgrade", ({ socket }) => upgraded.resolve(socket));
  await once(client, "open");
  const wire = await upgraded.promise;
  const [piece, more] = [frame(0x41, mebibyte), frame(0x00, mebibyte)];
  assert.ok(piece.length < 2_000);
  wire.write(Buffer.concat([piece, frame(0x80, mebibyte / 2)])); // whole, it is given back
  wire.write(Buffer.concat([piece, more, more]));
  const signal = AbortSignal.timeout(10_000);
  assert.equal((await once(client, "close", { signal }))[0], 1013);
  await over.promise;
  assert.deepEqual(messages, [1.5 * mebibyte]);
  assert.ok(budget.open().receive(2 * mebibyte), "what it had is given back");
});

/** A frame of a compressed message, masked with zeros. Its text is decompressed to so many bytes. */
function frame(firstByte: number, bytes: number): Buffer {
  const deflated = deflateRawSync("a".repeat(bytes), { finishFlush: constants.Z_SYNC_FLUSH });
  const isLast = (firstByte & 0x80) !== 0;
  const payload = isLast ? deflated.subarray(0, -4) : deflated;
  const head = Buffer.from([firstByte, 0xfe, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
