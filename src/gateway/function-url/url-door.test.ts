import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "node:test";
import type { FunctionId, FunctionUrlSettings, InvocationResult, TriggerId } from "../../core/index.ts";
import type { EventInvocation, Invoker } from "../../scheduler/index.ts";
import type { FunctionUrl } from "../routes/function-urls.ts";
import { startGateway } from "../testing/started-gateway.ts";
import { startService } from "../testing/started-service.ts";
import { isFromIntranet } from "../client-net.ts";

const urlOf = (functionName: string, settings: Partial<FunctionUrlSettings> = {}): FunctionUrl => ({
  triggerId: "trg-a" as TriggerId, // brand: a made-up one
  functionId: "lam-a" as FunctionId, // brand: a made-up one
  namespace: "default",
  functionName,
  name: "url",
  qualifier: "$DEFAULT",
  isEnabled: true,
  settings: { kind: "http", authType: "NONE", takesExtranet: true, takesIntranet: true, cors: null, ...settings },
});

describe("a change of protocol at a function URL", () => {
  it("reaches the service behind, where the settings let it", async () => {
    const service = http.createServer();
    service.on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n");
    });
    const urls = {
      open: urlOf("site"),
      signed: urlOf("site", { authType: "CAM" }),
      outside: urlOf("site", { takesIntranet: false }),
    };
    await using fixture = await startService(service, { urls });
    const { started } = fixture;
    const ask = async (label: string): Promise<number> => {
      const headers = { host: `${label}.localhost`, connection: "Upgrade", upgrade: "echo" };
      const request = http.get({ host: "127.0.0.1", port: started.port, path: "/", headers });
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      request.on("upgrade", (answer, socket) => {
        socket.destroy();
        resolve(answer.statusCode ?? 0);
      });
      request.on("response", (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      request.on("error", reject);
      return promise;
    };
    assert.equal(await ask("open"), 101);
    assert.equal(await ask("signed"), 401);
    assert.equal(await ask("outside"), 403);
    assert.equal(started.acquired.length, 1, "nothing was run for those that were refused");
  });
});

describe("an event function behind a URL", () => {
  const urls = { open: urlOf("event") };
  const ask = (port: number, method = "GET") =>
    http.request({ host: "127.0.0.1", port, method, headers: { host: "open.localhost" } });

  it("says where the time went when its owner asks for it", async () => {
    const invoke: Invoker["invoke"] = (invocation) =>
      Promise.resolve({ ...resultOf(invocation, 200), body: '"ok"', serverTiming: "queue;dur=0, run;dur=1.4" });
    await using started = await startGateway({ urls, invoke });
    const request = ask(started.port);
    request.end();
    const [answer]: http.IncomingMessage[] = await once(request, "response");
    answer?.resume();
    assert.equal(answer?.headers["server-timing"], "queue;dur=0, run;dur=1.4");
  });

  it("is told when its client leaves", async () => {
    const called = Promise.withResolvers<AbortSignal>();
    const invoke: Invoker["invoke"] = (invocation, { signal }) => {
      called.resolve(signal);
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(resultOf(invocation, 499)));
      });
    };
    await using started = await startGateway({ urls, invoke });
    const request = ask(started.port).on("error", () => undefined);
    request.end();
    const signal = await called.promise;
    request.destroy();
    if (!signal.aborted) await once(signal, "abort");
  });

  it("answers with the status of its failure, and of a bug of ours with 500", async () => {
    let status = 432;
    const invoke: Invoker["invoke"] = (invocation) => {
      if (status === 0) return Promise.reject(new Error("a bug"));
      return Promise.resolve(resultOf(invocation, status));
    };
    await using started = await startGateway({ urls, invoke });
    const statusOf = async () => {
      const request = ask(started.port, "DELETE");
      request.end();
      const [answer]: http.IncomingMessage[] = await once(request, "response");
      answer?.resume();
      return [answer?.statusCode, answer?.headers["retry-after"]];
    };
    assert.deepEqual(await statusOf(), [429, "1"]);
    status = 433;
    assert.deepEqual(await statusOf(), [504, undefined]);
    status = 0;
    assert.deepEqual(await statusOf(), [500, undefined]);
  });
});

/** How a call ended that gave nothing. */
function resultOf({ requestId, target, kind, retry }: EventInvocation, status: number): InvocationResult {
  const times = { queueUs: 0, claimUs: 0, mountUs: 0, initUs: 0, thawUs: 0, runUs: 0 };
  const sizes = { memoryMb: 128, memoryBytes: 0, bytesIn: 0, bytesOut: 0, networkBytesOut: 0 };
  const call = { requestId, kind, retry, version: "$LATEST", form: "event", isCold: false } as const;
  const { namespace, name, qualifier } = target;
  const of = { functionId: "lam-a" as FunctionId, namespace, name, qualifier }; // brand: a made-up one
  const record = { ...times, ...sizes, ...call, ...of, startedAt: 0, durationUs: 0, httpStatus: 0, status };
  return { record, body: "", errorMessage: "it failed", log: "" };
}

describe("where a request comes from", () => {
  for (const [peer, forwardedFor, isInside] of [
    ["127.0.0.1", "", true],
    ["::1", "", true],
    ["10.1.2.3", "192.168.0.9, 172.31.0.1", true],
    ["fd00::1", "", true],
    ["172.32.0.1", "", false],
    ["203.0.113.7", "", false],
    ["203.0.113.7", "127.0.0.1", false],
    ["127.0.0.1", "203.0.113.7", false],
    ["127.0.0.1", "203.0.113.7, 10.0.0.1", false],
    ["2001:db8::1", "", false],
    ["unknown", "", false],
    ["fe80::1%eth0", "", true],
    ["127.0.0.1", "203.0.113.7:4711", false],
    ["127.0.0.1", "unknown", false],
  ] as const) {
    it(`${peer}, forwarded for "${forwardedFor}": ${isInside ? "inside" : "outside"}`, () => {
      assert.equal(isFromIntranet(peer, forwardedFor), isInside);
    });
  }
});
