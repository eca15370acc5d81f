import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { RawClient } from "../../../src/gateway/testing/raw-client.ts";
import { deploy } from "../../deployed-function.ts";
import { startServer, type RunningServer } from "../../running-server.ts";
import { streamingCases } from "./streaming-cases.ts";
import type { Way } from "./streaming-client.ts";
import { streamingForms } from "./streaming-forms.ts";
import { StreamingSite } from "./streaming-site.ts";

const megabyte = 1024 * 1024;
/** More than the memory of an instance. */
const muchMb = 160;

let server: RunningServer;
let tlsUrl = "";
const sites = new Map<string, StreamingSite>();

describe("streaming", () => {
  before(async () => {
    server = await startServer({ environment: { GUST_TLS_PORT: "0" } });
    tlsUrl = JSON.parse(readFileSync(path.join(server.dataDirectory, "run/server.json"), "utf8")).tlsUrl;
  });
  after(() => server[Symbol.asyncDispose]());

  for (const form of streamingForms) {
    describe(form.title, () => {
      before(async () => {
        const fields = { Type: "HTTP", Timeout: 30, ...form.fields };
        const { url } = await deploy(server, form.name, await form.files(), fields);
        sites.set(form.name, new StreamingSite(url, tlsUrl));
      });
      for (const [promise, { ways, run }] of Object.entries(streamingCases)) {
        for (const way of ways.filter((each) => form.ways.includes(each)))
          it(`${promise}: ${way}`, { timeout: 20_000 }, () => run(siteOf(form.name), way, form));
      }
    });
  }

  it(`carries ${muchMb} MB both ways at once in constant memory`, { timeout: 60_000 }, () =>
    carriesMuch(siteOf("node"), "node"),
  );

  for (const name of ["node", "service"]) {
    it(`answers pipelined requests with large bodies in their order: ${name}`, { timeout: 20_000 }, async () => {
      await using client = await RawClient.connect(server.port);
      const { pathname } = siteOf(name).url;
      const letters = ["a", "b", "c"];
      for (const letter of letters) {
        const body = letter.repeat(300_000);
        client.send(`POST ${pathname}echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      }
      client.send(`GET ${pathname}count HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const answers = (await client.closed()).split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/).slice(1);
      assert.equal(answers.length, 4);
      for (const [i, letter] of letters.entries()) {
        assert.equal(bodyOfChunks(answers[i] ?? "").length, 300_000);
        assert.match(bodyOfChunks(answers[i] ?? ""), new RegExp(`^${letter}+$`));
      }
    });
  }

  it("carries pings of a WebSocket to a service and back, and closes it after the idle time of its ProtocolParams", async () => {
    const socket = new WebSocket(siteOf("service").url.href.replace("http", "ws"));
    await once(socket, "open");
    socket.ping("there?");
    const [pong] = await once(socket, "pong");
    assert.equal(String(pong), "there?");
    const [code, reason] = await once(socket, "close");
    assert.equal(`${code} ${String(reason)}`, "1001 silent for 1 s");
  });
});

function siteOf(name: string): StreamingSite {
  const site = sites.get(name);
  assert.ok(site !== undefined, `${name} was not deployed`);
  return site;
}

async function carriesMuch(site: StreamingSite, way: Way): Promise<void> {
  const chunk = Buffer.alloc(megabyte, 7);
  await using request = site.post(way, "echo");
  let atStart = 0;
  let peak = 0;
  const reading = request.answer.then(async ({ body }) => {
    let taken = 0;
    for await (const piece of body) taken += piece.length;
    return taken;
  });
  for (let sent = 1; sent <= muchMb; sent++) {
    if (!request.body.write(chunk)) await once(request.body, "drain");
    if (sent % 16 !== 0) continue;
    const resident = residentBytes(server.pid);
    if (sent === 32) atStart = resident; // its buffers are in use by then
    peak = Math.max(peak, resident);
  }
  request.body.end();
  assert.equal(await reading, muchMb * megabyte);
  const grownMb = Math.round((peak - atStart) / megabyte);
  assert.ok(grownMb < 64, `the server grew by ${grownMb} MB`);
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0") * 1024;
}

/** The bytes of a chunked body, latin1. */
function bodyOfChunks(text: string): string {
  let body = "";
  for (let at = 0; ;) {
    const end = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
