import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { text as textOf } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { clientOf, deploy, type DeployedFunction, type PackageFiles } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const serviceFiles: PackageFiles = {
  "server.mjs": `
    import http from "node:http";
    import { createHash } from "node:crypto";
    const server = http.createServer((req, res) => {
      if (req.url === "/events") {
        res.writeHead(200, { "content-type": "text/event-stream" });
        let n = 0;
        const next = () => { res.write(\`data: \${++n}\\n\\n\`); if (n === 3) res.end(); };
        res.on("drain", () => undefined);
        const timer = setInterval(() => { next(); if (n === 3) clearInterval(timer); }, 50);
        return;
      }
      let bytes = 0;
      req.on("data", (chunk) => { bytes += chunk.length; });
      req.on("end", () => res.end(JSON.stringify({ bytes, url: req.url, rss: process.memoryUsage.rss() })));
    });
    server.on("upgrade", (req, socket) => {
      const accept = createHash("sha1").update(req.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
      socket.write(\`HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: \${accept}\\r\\n\\r\\n\`);
      socket.on("data", (frame) => {
        const length = frame[1] & 127;
        const mask = frame.subarray(2, 6);
        const text = Buffer.from(frame.subarray(6, 6 + length)).map((byte, i) => byte ^ mask[i % 4]);
        if ((frame[0] & 15) === 8) return socket.end();
        socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
      });
      socket.on("error", () => undefined);
    });
    server.listen(Number(process.env.PORT));
  `,
  scf_bootstrap: { text: `#!/bin/sh\nexec node server.mjs\n`, mode: 0o755 },
};

/** The owner asks for `Server-Timing`. */
const timed = { Environment: { Variables: [{ Key: "GUST_SERVER_TIMING", Value: "1" }] } };

describe("the three forms behind one entry", () => {
  let server: RunningServer;
  let overlapping: DeployedFunction;
  let service: DeployedFunction;

  before(async () => {
    server = await startServer({ environment: { GUST_TLS_PORT: "0" } });
    await deploy(server, "event-hello", {
      "index.js": `exports.main_handler = async (event, context) => { console.log("got", event.name); return { hello: event.name, id: context.request_id }; };`,
    });
    overlapping = await deploy(
      server,
      "overlapping",
      {
        "index.mjs": `export default { async fetch(request) {
          const n = new URL(request.url).searchParams.get("n");
          console.log("line of " + n);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
          return new Response(n + ":" + (await request.text()), { headers: { "server-timing": "db;dur=5" } });
        } };`,
      },
      { Type: "HTTP", Handler: "index.default", ...timed },
    );
    service = await deploy(server, "service", serviceFiles, { Type: "HTTP", ...timed });
  });

  after(() => server[Symbol.asyncDispose]());

  it("answers an event with the handler's result and its log", async () => {
    const { Result: result } = await clientOf(server).call("Invoke", {
      FunctionName: "event-hello",
      ClientContext: JSON.stringify({ name: "Ada" }),
      LogType: "Tail",
    });
    const { RetMsg: message, FunctionRequestId: id, Log: log } = result as Record<string, string>; // wire type of Invoke
    assert.deepEqual(JSON.parse(message ?? ""), { hello: "Ada", id });
    assert.match(log ?? "", /got Ada/);
  });

  it("gives 1,000 overlapping calls of one HTTP function their own answers, by domain and by path", async () => {
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        const body = "x".repeat(n % 7 === 0 ? 100_000 + n : n % 50);
        const answer =
          n % 2 === 0 ? await fetch(`${overlapping.url}?n=${n}`, { method: "POST", body }) : await byDomain(n, body);
        const text = typeof answer === "string" ? answer : await answer.text();
        return text === `${n}:${body}`;
      }),
    );
    assert.equal(answers.filter(Boolean).length, 1_000);
  });

  it("says where the time of an answer went, beside what the function says, on every way into the gateway", async () => {
    const phases = /^db;dur=5, queue;dur=[\d.]+, (?:(?:claim|mount|init|thaw);dur=[\d.]+, )*run;dur=[\d.]+$/;
    assert.match((await fetch(overlapping.url)).headers.get("server-timing") ?? "", phases);
    const streamed = new Blob(["not a simple request"]).stream();
    const answer = await fetch(overlapping.url, { method: "POST", body: streamed, duplex: "half" });
    assert.match(answer.headers.get("server-timing") ?? "", phases);
    assert.match(await timingOverHttp2(overlapping.host), phases);
    assert.match((await fetch(service.url)).headers.get("server-timing") ?? "", /^queue;dur=[\d.]+, run;dur=[\d.]+$/);
  });

  async function timingOverHttp2(host: string): Promise<string> {
    const session = http2.connect(server.tlsUrl ?? assert.fail("it speaks no TLS"), { rejectUnauthorized: false });
    const stream = session.request({ ":authority": host, ":path": "/?n=1" });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders]; // event signature of http2
    assert.equal(await textOf(stream), "1:");
    session.close();
    return String(headers["server-timing"]);
  }

  async function byDomain(n: number, body: string): Promise<string> {
    const request = http.request(`${server.url}/?n=${n}`, { method: "POST", headers: { host: overlapping.host } });
    request.end(body);
    const [response] = (await once(request, "response")) as [http.IncomingMessage]; // event signature of http
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    return text;
  }

  it("passes server-sent events on as they come", async () => {
    const response = await fetch(`${service.url}events`);
    const arrivals: { text: string; at: number }[] = [];
    const decoder = new TextDecoder();
    assert.ok(response.body);
    for await (const chunk of response.body) arrivals.push({ text: decoder.decode(chunk), at: performance.now() });
    assert.equal(arrivals.map(({ text }) => text).join(""), "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    assert.ok(
      (arrivals.at(-1)?.at ?? 0) - (arrivals[0]?.at ?? 0) > 40,
      "events came one by one, not together at the end",
    );
  });

  it("reaches a server that listens on the loopback of its instance alone", async () => {
    const files = {
      "app.js": `require("http").createServer((req, res) => req.pipe(res)).listen(process.env.PORT, "127.0.0.1")`,
      scf_bootstrap: { text: "#!/bin/sh\nexec node app.js\n", mode: 0o755 },
    };
    const { url } = await deploy(server, "loopback", files, { Type: "HTTP" });
    assert.equal(await (await fetch(url, { method: "POST", body: "there and back" })).text(), "there and back");
  });

  it("carries WebSocket messages both ways", async () => {
    const socket = new WebSocket(`${service.url.replace("http", "ws")}chat`);
    await once(socket, "open");
    for (const text of ["one", "two", "three"]) {
      socket.send(text);
      const [answer] = await once(socket, "message");
      assert.equal(String(answer), text);
    }
    socket.close();
    await once(socket, "close");
  });

  it("streams a 1 GB upload to a service within constant memory", async () => {
    const total = 1024 ** 3;
    const chunk = Buffer.alloc(1024 ** 2, 7);
    const atStart = await residentBytes(server.pid);
    let peak = 0;
    const request = http.request(`${service.url}upload`, { method: "POST", headers: { "content-length": total } });
    const response = once(request, "response");
    for (let sent = 0; sent < total; sent += chunk.length) {
      if (!request.write(chunk)) await once(request, "drain");
      if (sent % (64 * chunk.length) === 0) peak = Math.max(peak, await residentBytes(server.pid));
    }
    request.end();
    const [answer] = (await response) as [http.IncomingMessage]; // event signature of http
    let text = "";
    for await (const part of answer.setEncoding("utf8")) text += part;
    assert.equal(JSON.parse(text).bytes, total);
    assert.ok(peak - atStart < 100 * 1024 ** 2, `the server grew by ${Math.round((peak - atStart) / 1024 ** 2)} MB`);
  });
});

async function residentBytes(pid: number): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const kib = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return Number(kib) * 1024;
}
