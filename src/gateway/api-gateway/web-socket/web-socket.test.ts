import assert from "node:assert/strict";
import { once } from "node:events";
import type http from "node:http";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { WebSocket, WebSocketServer } from "ws";
import {
  systemClock,
  webSocketPushPath,
  type ApiBackend,
  type ApiLog,
  type PublishedApi,
} from "../../../core/index.ts";
import { HostClient, type EventInvocation, type Invoker } from "../../../scheduler/index.ts";
import type { GatewayFleet } from "../../hosts/host-places.ts";
import { askService as ask } from "../../testing/ask-service.ts";
import {
  fakeServices,
  publishedApi,
  publishedService,
  resultOf,
  serviceHost,
} from "../../testing/published-service.ts";
import { startGateway, takenIn, tokenKey } from "../../testing/started-gateway.ts";
import { MessageBudget } from "./message-budget.ts";

const target = (functionName: string) => ({ namespace: "default", functionName, qualifier: "$DEFAULT" });
const functions = {
  kind: "websocket-functions",
  register: target("register"),
  transport: target("transport"),
  cleanup: target("cleanup"),
} as const;

type Answer = (name: string, event: Record<string, Record<string, unknown>>, call: EventInvocation) => unknown;

/** A gateway with one WebSocket API, and what its functions were called with. */
async function start(
  answer: Answer,
  backend: ApiBackend = functions,
  api: Partial<PublishedApi> = {},
  fleet: GatewayFleet | null = null,
  refuses: (name: string) => number | false = () => false,
) {
  const events: unknown[] = [];
  const waiting: (() => void)[] = [];
  const invoke: Invoker["invoke"] = async (call) => {
    const event = JSON.parse(call.payload);
    events.push([call.target.name, event]);
    for (const heard of waiting.splice(0)) heard();
    const refusal = refuses(call.target.name);
    if (refusal !== false) return resultOf(call, { status: refusal });
    return resultOf(call, { body: JSON.stringify((await answer(call.target.name, event, call)) ?? null) });
  };
  const settings = { protocol: "WEBSOCKET", method: "GET", backend, ...api } as const;
  const queued = Promise.withResolvers<{ readonly payload: string; readonly variables: object }>();
  const logs: ApiLog[] = [];
  const source = {
    ...fakeServices(publishedService([publishedApi("ws", settings)])),
    functions: { find: () => Promise.resolve({ functionId: "lam-a" } as never) }, // nothing else of it is looked at
    events: {
      accept: (event: { payload: string; variables: object }) => {
        queued.resolve(event);
        return Promise.resolve("accepted" as const);
      },
    },
  };
  const config = { backendAllow: ["127.0.0.1"] };
  const apiLogs = { record: (log: ApiLog) => void logs.push(log) };
  const started = await startGateway({ apiGatewaySource: source, invoke, config, fleet, apiLogs });
  const connect = (protocols: string[] = [], options: object = {}) =>
    new WebSocket(`ws://127.0.0.1:${started.port}/release/ws`, protocols, {
      headers: { host: serviceHost },
      ...options,
    });
  /** Resolves when the functions have been called so often. */
  const until = async (count: number): Promise<void> => {
    while (events.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const push = async (websocket: object, path = pushPath) =>
    JSON.parse(
      (await ask(started.port, path, { host: "localhost", method: "POST", body: JSON.stringify({ websocket }) })).body,
    );
  return {
    started,
    events,
    queued: queued.promise,
    logs,
    connect,
    until,
    push,
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

const pushPath = webSocketPushPath(tokenKey, { serviceId: "service-abcd1234", apiId: "api-ws" });

const welcome: Answer = (name, { websocket }) =>
  name === "register" ? { errNo: 0, errMsg: "ok", websocket: { ...websocket, secWebSocketProtocol: "binary" } } : null;

async function refusedWith(socket: WebSocket): Promise<[number, string]> {
  socket.on("error", () => undefined);
  const [, answer]: (http.IncomingMessage | undefined)[] = await once(socket, "unexpected-response");
  assert.ok(answer);
  const pieces = await answer.toArray();
  return [answer.statusCode ?? 0, Buffer.concat(pieces).toString()];
}

describe("a WebSocket API of functions", () => {
  it("asks, tells of each message and of the end, and takes what is pushed", async () => {
    await using chat = await start(welcome);
    const socket = chat.connect(["chat", "binary"]);
    await once(socket, "open");
    assert.equal(socket.protocol, "binary");
    const [, { requestContext, websocket }] = Object(chat.events[0]);
    assert.deepEqual([websocket.action, websocket.secWebSocketProtocol], ["connecting", "chat,binary"]);
    assert.match(websocket.secWebSocketExtensions, /permessage-deflate/);
    const { requestId, ...context } = requestContext;
    assert.match(requestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(context, {
      serviceName: "shop",
      path: "/ws",
      httpMethod: "GET",
      identity: {},
      sourceIp: "127.0.0.1",
      stage: "release",
      websocketEnable: true,
    });
    const { secConnectionID } = websocket;
    assert.match(secConnectionID, /^[A-Za-z0-9+/]{32}$/);
    socket.send("hello");
    socket.send("in two", { fin: false });
    socket.send(" pieces");
    socket.send(Buffer.from([0, 255]));
    await chat.until(4);
    const sent = (dataType: string, data: string) => [
      "transport",
      { websocket: { action: "data send", secConnectionID, dataType, data } },
    ];
    assert.deepEqual(chat.events.slice(1), [
      sent("text", "hello"),
      sent("text", "in two pieces"),
      sent("binary", "AP8="),
    ]);
    const received = once(socket, "message");
    assert.deepEqual(await chat.push({ action: "data send", secConnectionID, dataType: "text", data: "pushed" }), {
      errNo: 0,
      errMsg: "ok",
    });
    assert.deepEqual((await received).map(String), ["pushed", "false"]);
    const bytes = once(socket, "message");
    await chat.push({ action: "data send", secConnectionID, dataType: "binary", data: "AP8=" });
    assert.deepEqual([...Buffer.from((await bytes)[0])], [0, 255]);
    assert.equal((await chat.push({ action: "closing", secConnectionID })).errNo, 0);
    assert.equal((await once(socket, "close"))[0], 1000);
    await chat.until(5);
    assert.deepEqual(chat.events[4], ["cleanup", { websocket: { action: "closing", secConnectionID } }]);
    assert.equal((await chat.push({ action: "closing", secConnectionID })).errNo, 2);
  });

  it("refuses who its function refuses, and tells why", async () => {
    let answer: unknown = { errNo: 101, errMsg: "not you" };
    await using chat = await start(() => answer);
    assert.deepEqual(await refusedWith(chat.connect()), [403, '{"message":"not you"}']);
    answer = "nonsense";
    assert.deepEqual(await refusedWith(chat.connect()), [403, '{"message":"Invalid scf response format."}']);
    assert.equal(chat.events.length, 2, "nobody is told of the end of what never began");
  });

  it("calls the function for one message after the other, and reads on when it is done", async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    await using chat = await start(async (name, event, call) => {
      if (name !== "transport") return welcome(name, event, call);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    });
    const socket = chat.connect();
    await once(socket, "open");
    for (const text of ["a", "b", "c"]) socket.send(text);
    await chat.until(2);
    for (let count = 3; count <= 4; count++) {
      gates.at(-1)?.resolve();
      await chat.until(count);
      assert.equal(gates.length, count - 1, "one at a time");
    }
    gates.at(-1)?.resolve();
    const data = chat.events.slice(1).map((each) => Object(each)[1].websocket.data);
    assert.deepEqual(data, ["a", "b", "c"]);
    socket.terminate();
    await chat.until(5);
  });

  it("closes what sends too much with 1009, and all with 1001 when the server stops", async () => {
    await using chat = await start(welcome);
    const loud = chat.connect();
    await once(loud, "open");
    loud.send(Buffer.alloc(4 * 1024 * 1024 + 1));
    assert.equal((await once(loud, "close"))[0], 1009);
    const quiet = chat.connect();
    await once(quiet, "open");
    const closed = once(quiet, "close");
    await chat.started[Symbol.asyncDispose]();
    assert.equal((await closed)[0], 1001);
  });

  it("closes with 1013 what sends more than there is room for", async () => {
    const gate = Promise.withResolvers<void>();
    await using chat = await start(async (name, event) => {
      if (name === "transport") await gate.promise;
      const { secWebSocketExtensions } = Object(event["websocket"]);
      return { errNo: 0, websocket: { secWebSocketExtensions } };
    });
    const socket = chat.connect();
    const upgraded = Promise.withResolvers<Socket>();
    socket.once("upgrade", ({ socket: wire }) => upgraded.resolve(wire));
    await once(socket, "open");
    const message = compressedFrame("a".repeat(4 * 1024 * 1024));
    (await upgraded.promise).write(Buffer.concat(Array.from({ length: 8 }, () => message))); // all in one piece
    assert.equal((await once(socket, "close", { signal: AbortSignal.timeout(10_000) }))[0], 1013);
    gate.resolve();
    await chat.until(3);
  });

  it("gives all connections together a bounded room for messages", () => {
    const budget = new MessageBudget();
    const half = 4 * 1024 * 1024;
    const shares = Array.from({ length: 64 }, () => budget.open());
    assert.ok(shares.every((share) => share.receive(half)));
    assert.equal(budget.open().receive(1), false);
    for (const share of shares) share.end();
    const whole = budget.open();
    assert.ok(whole.receive(half) && whole.hold(half) && whole.hold(half));
    whole.letGo(2 * half);
  });

  it("says again what a function had no room for, and leaves the end to the queue", async () => {
    let refusals = 1;
    const refuses = (name: string) => (name === "cleanup" || (name === "transport" && refusals-- > 0)) && 432;
    const traces: unknown[] = [];
    const answer: Answer = (name, event, call) => {
      traces.push(call.variables?.["TRACEPARENT"]);
      return welcome(name, event, call);
    };
    await using chat = await start(answer, functions, {}, null, refuses);
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const socket = chat.connect([], { headers: { host: serviceHost, traceparent } });
    await once(socket, "open");
    socket.send("hello");
    await chat.until(3);
    assert.deepEqual(chat.events[2], chat.events[1]);
    socket.terminate();
    const { payload, variables } = await chat.queued;
    assert.equal(JSON.parse(payload).websocket.action, "closing");
    const trace = traces[0];
    assert.match(String(trace), new RegExp(`^${traceparent.slice(0, 36)}(?!b{16})[0-9a-f]{16}-01$`));
    assert.deepEqual(traces, [trace, trace], "of the registering function, and of a message");
    assert.deepEqual(variables, { TRIGGER_SRC: "apigw", GUST_WEBSOCKET_PUSH_PATH: pushPath, TRACEPARENT: trace });
  });

  it("closes with 1011 where its function does not exist, and the log has what went over it", async () => {
    await using chat = await start(welcome, functions, {}, null, (name) => name === "transport" && 435);
    const socket = chat.connect();
    await once(socket, "open");
    const { secConnectionID } = Object(chat.events[0])[1].websocket;
    await chat.push({ action: "data send", secConnectionID, data: "welcome" });
    socket.send("hello");
    assert.equal((await once(socket, "close"))[0], 1011);
    await chat.until(3);
    await takenIn(chat.started);
    assert.deepEqual(
      chat.logs.map(({ status, bytesIn, bytesOut }) => [status, bytesIn, bytesOut]),
      [[101, "hello".length, "welcome".length]],
    );
  });

  it("compresses where its function says so, and lets in without one to ask", async () => {
    const extensions: Answer = (_, { websocket }) => ({
      errNo: 0,
      websocket: { secWebSocketExtensions: websocket?.["secWebSocketExtensions"] },
    });
    await using deflating = await start(extensions);
    const socket = deflating.connect();
    await once(socket, "open");
    assert.match(socket.extensions, /permessage-deflate/);
    socket.terminate();
    await using open = await start(welcome, { ...functions, register: null, cleanup: null });
    const plain = open.connect();
    await once(plain, "open");
    assert.equal(plain.extensions, "");
    plain.terminate();
  });

  it("has pushes of nobody who does not know its path, and of no other API's", async () => {
    await using chat = await start(welcome);
    const socket = chat.connect();
    await once(socket, "open");
    const { secConnectionID } = Object(chat.events[0])[1].websocket;
    const closing = { action: "closing", secConnectionID };
    const forged = await chat.push(closing, `${pushPath.slice(0, -32)}${"A".repeat(32)}`);
    assert.equal(forged.error.code, "NotFound");
    const other = webSocketPushPath(tokenKey, { serviceId: "service-abcd1234", apiId: "api-other" });
    assert.equal((await chat.push(closing, other)).errNo, 2);
    assert.equal((await chat.push({ action: "nothing" })).errNo, 1);
    socket.terminate();
  });

  it("is pushed to through another process of the installation", async () => {
    const places = {
      isAlone: true,
      staysHere: () => false,
      place: () => null,
      release() {},
      suspect() {},
      isSelf: () => true,
    };
    const askNobody = (): Promise<null> => Promise.resolve(null);
    const alone = { places, host: "127.0.0.1", port: 0, operations: {}, ask: askNobody, onLost() {} };
    await using holder = await start(welcome, functions, {}, { ...alone, selfId: "holder" });
    const door = await holder.started.gateway.listenForHosts();
    using client = new HostClient(tokenKey, systemClock);
    const host = {
      id: "holder",
      roles: ["data"],
      internalUrl: door?.url ?? "",
      publicUrl: "",
      capacity: 1,
      version: "",
      startedAt: 0,
    } as const;
    const askHolder: GatewayFleet["ask"] = async (isMeant, operation, body) =>
      isMeant(host.id) ? client.ask(host, operation, body, { signal: AbortSignal.timeout(5_000) }) : null;
    await using other = await start(welcome, functions, {}, { ...alone, selfId: "other", ask: askHolder });
    const socket = holder.connect();
    await once(socket, "open");
    const { secConnectionID } = Object(holder.events[0])[1].websocket;
    const received = once(socket, "message");
    const sent = { action: "data send", secConnectionID, dataType: "text", data: "from afar" };
    assert.deepEqual(await other.push(sent), { errNo: 0, errMsg: "ok" });
    assert.equal(String((await received)[0]), "from afar");
    const nobody = Buffer.alloc(24).toString("base64");
    assert.equal((await other.push({ action: "closing", secConnectionID: nobody })).errNo, 2);
    socket.terminate();
  });

  it("is guarded as other APIs are", async () => {
    await using chat = await start(welcome, functions, { authorization: { kind: "secret" } });
    const [status, body] = await refusedWith(chat.connect());
    assert.equal(status, 401);
    assert.match(body, /authorization header is required/);
    assert.equal(chat.events.length, 0);
  });
});

describe("a WebSocket API of a server of one's own", () => {
  it("passes both directions through", async () => {
    await using parts = new AsyncDisposableStack();
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => "chat" });
    parts.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
    await once(server, "listening");
    server.on("connection", (each, request) =>
      each.on("message", (data: Buffer) => each.send(`${request.url} ${data.toString()}`)),
    );
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    await using proxied = await start(welcome, { kind: "websocket", url: `http://127.0.0.1:${port}`, path: "/rooms" });
    const socket = proxied.connect(["chat"]);
    await once(socket, "open");
    socket.send("hello");
    assert.equal(String((await once(socket, "message"))[0]), "/rooms hello");
    assert.equal(socket.protocol, "chat");
    socket.close(1000);
    await once(socket, "close");
  });
});

/** A message as permessage-deflate has it (RFC 7692), masked with zeros. */
function compressedFrame(text: string): Buffer {
  const payload = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const head = Buffer.from([0xc1, 0xfe, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
