import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "node:test";
import type { FunctionId, FunctionUrlSettings, TriggerId } from "../../core/index.ts";
import type { FunctionUrl } from "../routes/function-urls.ts";
import { startGateway } from "../testing/started-gateway.ts";
import { isFromIntranet } from "./client-net.ts";

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
    await using service = http.createServer().listen(0, "127.0.0.1");
    await once(service, "listening");
    service.on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n");
    });
    const address = service.address();
    const servicePort = typeof address === "object" && address !== null ? address.port : 0;
    const urls = {
      open: urlOf("site"),
      signed: urlOf("site", { authType: "CAM" }),
      outside: urlOf("site", { takesIntranet: false }),
    };
    await using started = await startGateway({ servicePort, urls });
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
  ] as const) {
    it(`${peer}, forwarded for "${forwardedFor}": ${isInside ? "inside" : "outside"}`, () => {
      assert.equal(isFromIntranet(peer, forwardedFor), isInside);
    });
  }
});
