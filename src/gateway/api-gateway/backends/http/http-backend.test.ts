import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "node:test";
import { askService as ask, messageOf } from "../../../testing/ask-service.ts";
import { serviceHost } from "../../../testing/published-service.ts";
import { RawClient } from "../../../testing/raw-client.ts";
import { echo, startBackEnd } from "../../../testing/started-back-end.ts";
import { ReachableAddresses } from "./reachable-addresses.ts";

describe("an HTTP back end", () => {
  it("gets the request with the rest of its path, and its answer goes back as it is", async () => {
    await using started = await startBackEnd(echo);
    const sent = { method: "PUT", headers: { "x-mine": "1", connection: "x-hop", "x-hop": "2" }, body: "whole" };
    const answer = await ask(started.port, "/release/a/b%20c?d=1&d=2", sent);
    const seen = JSON.parse(answer.body);
    assert.deepEqual([seen.method, seen.url, seen.body], ["PUT", "/back/b%20c?d=1&d=2", "whole"]);
    assert.equal(seen.headers["x-mine"], "1");
    assert.equal(seen.headers["x-hop"], undefined);
    assert.match(seen.headers.host, /^127\.0\.0\.1:/);
    assert.equal(seen.headers["x-forwarded-host"], serviceHost);
    assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(answer.headers["x-api-id"], "api-a");
  });

  it("may lead to the API gateway again, but not in a ring", async () => {
    let asked = 0;
    await using started = await startBackEnd((request, response) => {
      asked++;
      const { host: _, ...headers } = request.headers;
      const again = {
        host: serviceHost,
        ...Object.fromEntries(Object.entries(headers).map(([n, v]) => [n, String(v)])),
      };
      void ask(started.port, "/release/a", { headers: again }).then(({ status }) => response.writeHead(status).end());
    });
    assert.deepEqual([(await ask(started.port, "/release/a")).status, asked], [508, 8]);
  });

  it("may announce a body that it cannot have, and changes no protocol that nobody asked to change", async () => {
    const listener: http.RequestListener = ({ url, socket }, response) => {
      if (url === "/back/101") return void socket.write("HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
      if (url === "/back/204") return void socket.write("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n");
      response.writeHead(200, { "content-length": "5" }).end("12345");
    };
    const convertedCodes = [{ code: 204, convertedCode: 200, message: "" }];
    await using started = await startBackEnd(listener, { convertedCodes });
    const statusOf = async (of: string) => (await ask(started.port, `/release/a/${of}`)).status;
    assert.deepEqual([await statusOf("101"), await statusOf("204")], [502, 200]);
    await using heads = await startBackEnd(listener, { back: { method: "HEAD" } });
    const { status, body } = await ask(heads.port, "/release/a");
    assert.deepEqual([status, body], [200, ""]);
  });

  it("has its time from the end of the request on", async () => {
    const { promise: hasPiece, resolve: onPiece } = Promise.withResolvers<void>();
    const listener: http.RequestListener = (request, response) => {
      if (request.url === "/back/silent") return;
      request.once("data", () => onPiece()).on("end", () => response.end());
    };
    await using started = await startBackEnd(listener, { timeoutS: 0.1 });
    const at = { host: "127.0.0.1", port: started.port, path: "/release/a", headers: { host: serviceHost } };
    const request = http.request({ ...at, method: "POST", agent: false });
    const answered = once(request, "response");
    request.write("first");
    await hasPiece;
    assert.equal((await ask(started.port, "/release/a/silent")).status, 504); // began after it, and its time is over
    request.end("last");
    const [answer]: http.IncomingMessage[] = await answered;
    answer?.resume();
    assert.equal(answer?.statusCode, 200);
  });

  it("streams both ways, and hears when its client leaves", async () => {
    const closes: Promise<unknown>[] = [];
    await using started = await startBackEnd((request, response) => {
      closes.push(once(response, "close", { signal: AbortSignal.timeout(10_000) }));
      request.pipe(response);
    });
    const headers = { host: serviceHost };
    const request = http.request({
      host: "127.0.0.1",
      port: started.port,
      method: "POST",
      path: "/release/a",
      headers,
    });
    request.on("error", () => undefined);
    request.write("first");
    const [answer]: http.IncomingMessage[] = await once(request, "response");
    assert.ok(answer);
    answer.on("error", () => undefined);
    const [piece] = await once(answer, "data");
    assert.equal(String(piece), "first", "it came before the request had ended");
    request.destroy();
    await Promise.all(closes);
  });

  it("has statuses become others, and is told to the client as 502 and 504 when it fails", async () => {
    const convertedCodes = [
      { code: 418, convertedCode: 400, message: "" },
      { code: 500, convertedCode: 503, message: "later" },
    ];
    await using started = await startBackEnd(
      (request, response) => {
        if (request.url === "/back/break") return void request.socket.destroy();
        if (request.url === "/back/silent") return;
        response.writeHead(request.url === "/back/tea" ? 418 : 500).end("its own words");
      },
      { convertedCodes, timeoutS: 1 },
    );
    const get = (of: string) => ask(started.port, `/release/a/${of}`);
    const tea = await get("tea");
    assert.deepEqual([tea.status, tea.body], [400, "its own words"]);
    const failed = await get("fail");
    assert.deepEqual([failed.status, messageOf(failed)], [503, "later"]);
    assert.deepEqual([(await get("break")).status, (await get("silent")).status], [502, 504]);
  });

  it("is asked once more where it closed a kept connection as a harmless request went out", async () => {
    const seen = new WeakSet<object>();
    const asked: string[] = [];
    let closesFresh = false;
    await using started = await startBackEnd((request, response) => {
      const { socket, method } = request;
      asked.push(`${method} ${seen.has(socket) ? "kept" : "fresh"}`);
      if (seen.has(socket) || closesFresh) return void socket.destroy();
      seen.add(socket);
      request.resume().on("end", () => response.end());
    });
    const statusOf = async (method: string, body?: string) =>
      (await ask(started.port, "/release/a", { method, ...(body === undefined ? {} : { body }) })).status;
    assert.equal(await statusOf("POST", "x"), 200);
    assert.equal(await statusOf("GET"), 200);
    assert.deepEqual(asked.splice(0), ["POST fresh", "GET kept", "GET fresh"]);
    assert.equal(await statusOf("POST", "x"), 200);
    assert.equal(await statusOf("POST", "x"), 502, "it may have done what it was asked");
    assert.equal(await statusOf("OPTIONS"), 200);
    closesFresh = true;
    assert.equal(await statusOf("GET"), 502);
    assert.deepEqual(asked, ["POST fresh", "POST kept", "OPTIONS fresh", "GET kept", "GET fresh"]);
  });

  it("may answer before it has read the body, and close", async () => {
    await using started = await startBackEnd(({ socket }) => {
      socket.pause();
      socket.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", () =>
        socket.resetAndDestroy(),
      );
    });
    const head = `POST /release/a HTTP/1.1\r\nHost: ${serviceHost}\r\nContent-Length: 3000000\r\n\r\n`;
    for (let i = 0; i < 5; i++) {
      await using client = await RawClient.connect(started.port);
      client.send(head + "x".repeat(3_000_000));
      assert.match(await client.until(/big$/), /^HTTP\/1\.1 413 /);
    }
  });

  it("is not this host, whatever it is called, unless a setting opens it", async () => {
    await using closed = await startBackEnd(echo, {}, []);
    const answer = await ask(closed.port, "/release/a");
    assert.equal(answer.status, 403);
    assert.match(String(messageOf(answer)), /GUST_BACKEND_ALLOW/);
    const port = String(messageOf(answer)).length; // any: it is refused before it is connected to
    await using named = await startBackEnd(echo, { back: { url: `http://localhost:${port}` } }, []);
    assert.equal((await ask(named.port, "/release/a")).status, 403);
  });
});

describe("addresses that back ends may have", () => {
  const addresses = new ReachableAddresses(["127.0.0.9", "169.254.7.0/24", "10.201.7.1"], ["10.201.0.0/16"]);
  for (const [address, isOpen] of [
    ["192.0.2.1", true],
    ["10.1.2.3", true],
    ["10.201.2.3", false],
    ["10.201.7.1", true],
    ["2001:db8::1", true],
    ["127.0.0.1", false],
    ["127.0.0.9", true],
    ["0.0.0.0", false],
    ["169.254.169.254", false],
    ["169.254.7.7", true],
    ["::1", false],
    ["::", false],
    ["::ffff:127.0.0.1", false],
    ["::ffff:7f00:1", false],
    ["::ffff:a9fe:a9fe", false],
    ["fe80::1%eth0", false],
    ["fd00:ec2::254", false],
    ["::127.0.0.1", false],
    ["::ffff:0:127.0.0.1", false],
    ["64:ff9b::127.0.0.1", false],
    ["64:ff9b::a9fe:a9fe", false],
    ["64:ff9b::192.0.2.1", true],
    ["2002:7f00:1::", false],
    ["2002:a9fe:a9fe:1::5", false],
    ["2002:c000:201::1", true],
    ["224.0.0.1", false],
    ["ff02::1", false],
    ["255.255.255.255", false],
    ["100.100.100.200", false],
    ["100.64.201.77", true],
    ["name", false],
  ] as const) {
    it(`${address}: ${isOpen ? "open" : "closed"}`, () => assert.equal(addresses.isOpen(address), isOpen));
  }
});
