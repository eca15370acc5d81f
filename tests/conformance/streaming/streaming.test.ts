import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { deploy } from "../../deployed-function.ts";
import { startServer, type RunningServer } from "../../running-server.ts";
import { open, piece, rest, type RequestOptions, type StreamedRequest, type Way } from "./streaming-client.ts";
import { streamingForms, type StreamingForm } from "./streaming-forms.ts";

const all: readonly Way[] = ["direct", "node", "h2"];
/** A body that is streamed is never read directly. */
const streaming: readonly Way[] = ["node", "h2"];
const kib64 = "x".repeat(65_536);
/** What may be under way between two ends of which one takes nothing: buffers of the system (6 MB each at most) and ours. */
const mostUnderWay = 40 * 1024 * 1024;

let server: RunningServer;
let tlsUrl = "";
let ids = 0;

/** One form, deployed. */
class Site {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  open(way: Way, target: string, options: RequestOptions = {}): StreamedRequest {
    return open(way, tlsUrl, `${this.#url}${target}`, options);
  }

  post(way: Way, target: string, headers: Readonly<Record<string, string>> = {}): StreamedRequest {
    return this.open(way, target, { method: "POST", headers });
  }

  async ask(target: string): Promise<string> {
    return (await fetch(`${this.#url}${target}`)).text();
  }

  /** Bytes that a call has taken or given, once that has come to a standstill, or to too many. */
  async standstill(id: string): Promise<number> {
    let last = -1;
    for (;;) {
      const bytes = Number(await this.ask(`count?id=${id}`));
      if ((bytes === last && bytes > 0) || bytes > mostUnderWay) return bytes;
      last = bytes;
      await once(AbortSignal.timeout(40), "abort");
    }
  }
}

async function bodyOf(request: StreamedRequest): Promise<string> {
  return rest((await request.answer).body);
}

async function write(body: Writable, text: string): Promise<void> {
  if (!body.write(text)) await once(body, "drain");
}

/** Writes until nothing is taken any more, or too much. */
async function writeUntilHeld(body: Writable): Promise<number> {
  let written = 0;
  while (written < mostUnderWay) {
    written += kib64.length;
    if (body.write(kib64)) continue;
    const held = AbortSignal.timeout(150);
    const drained = await once(body, "drain", { signal: held }).catch(() => null);
    if (drained === null) break;
  }
  return written;
}

async function read(body: Readable, bytes: number): Promise<void> {
  for (let taken = 0; taken < bytes;) taken += (await piece(body)).length;
}

const cases: Record<string, { ways: readonly Way[]; run(site: Site, way: Way, form: StreamingForm): Promise<void> }> = {
  "answers before the request has ended, piece by piece": {
    ways: streaming,
    async run(site, way) {
      await using request = site.post(way, "echo");
      for (const text of ["one", "two", "three"]) {
        request.body.write(text);
        const { body } = await request.answer;
        assert.equal(await piece(body), text);
      }
      request.body.end("four");
      assert.equal(await bodyOf(request), "four");
    },
  },
  "sends early hints before the answer, where it can": {
    ways: all,
    async run(site, way, { saysHints }) {
      await using request = site.open(way, "hints");
      assert.equal(await bodyOf(request), "after hints");
      assert.deepEqual(request.informed, saysHints ? ["103 </site.css>; rel=preload"] : []);
    },
  },
  "carries trailers, where it can": {
    ways: streaming,
    async run(site, way, { saysTrailers, hearsTrailers }) {
      await using request = site.post(way, "trailers", { trailer: "x-sum" });
      await write(request.body, kib64.repeat(2));
      request.endWith({ "x-sum": "42" });
      const answer = await request.answer;
      const heard = JSON.parse(await rest(answer.body));
      assert.deepEqual(heard, hearsTrailers ? { "x-sum": "42" } : saysTrailers && heard !== null ? {} : null);
      assert.equal(answer.trailers()["x-bytes"], saysTrailers ? "131072" : undefined);
    },
  },
  "reads a body that waited for permission, whatever its size": {
    ways: streaming,
    async run(site, way) {
      for (const size of [5, 200_000]) {
        const headers = { expect: "100-continue", "content-length": String(size) };
        await using request = site.post(way, "take", headers);
        await request.permitted;
        request.body.end("x".repeat(size));
        assert.equal(await bodyOf(request), String(size));
      }
    },
  },
  "sends an event while the handler runs, and hears within 100 ms of a client that leaves": {
    ways: all,
    async run(site, way) {
      for (const how of ["reset", "close"] as const) {
        const tookMs = await fastest(async (id) => {
          await using request = site.open(way, `events?id=${id}`);
          const { body } = await request.answer;
          assert.match(await piece(body), /^data: 1\n\n/);
          return leave(site, request, how, id);
        });
        assert.ok(tookMs <= 100, `${how}: ${tookMs} ms`);
      }
    },
  },
  "hears within 100 ms of a client that leaves in the middle of an upload": {
    ways: streaming,
    async run(site, way) {
      for (const how of ["reset", "close"] as const) {
        const tookMs = await fastest(async (id) => {
          await using request = site.post(way, `echo?id=${id}`);
          request.body.write("some");
          assert.equal(await piece((await request.answer).body), "some");
          return leave(site, request, how, id);
        });
        assert.ok(tookMs <= 100, `${how}: ${tookMs} ms`);
      }
    },
  },
  // over HTTP/1.1 the end of a connection is behind the bytes that nobody takes: the system does not know of it either
  "hears within 100 ms of a client that leaves while its upload is held": {
    ways: ["h2"],
    async run(site, way, { hearsWhileHeld }) {
      if (!hearsWhileHeld) return;
      for (const how of ["reset", "close"] as const) {
        const tookMs = await fastest(async (id) => {
          await using request = site.post(way, `sip?id=${id}`);
          await writeUntilHeld(request.body);
          return leave(site, request, how, id);
        });
        assert.ok(tookMs <= 100, `${how}: ${tookMs} ms`);
      }
    },
  },
  "produces no more than a slow client takes, and goes on when it does": {
    ways: all,
    async run(site, way) {
      const id = newId();
      await using request = site.open(way, `source?id=${id}`);
      const { body } = await request.answer;
      const produced = await site.standstill(id);
      assert.ok(produced < mostUnderWay, `${produced} bytes were produced`);
      await read(body, produced + 1_000_000);
      request.reset();
      await site.ask(`gone?id=${id}`);
    },
  },
  "takes no more of an upload than a slow handler reads, and goes on when it does": {
    ways: streaming,
    async run(site, way) {
      const id = newId();
      await using request = site.post(way, `sip?id=${id}`);
      const written = await writeUntilHeld(request.body);
      assert.ok(written < mostUnderWay, `${written} bytes were taken`);
      await site.ask(`release?id=${id}`);
      request.body.end("end");
      assert.equal(await bodyOf(request), String(written + 3));
    },
  },
  "sends no body where none belongs": {
    ways: all,
    async run(site, way) {
      for (const [method, status] of [
        ["GET", 204],
        ["GET", 304],
        ["HEAD", 200],
      ] as const) {
        await using request = site.open(way, `status?is=${status}`, { method });
        const answer = await request.answer;
        assert.deepEqual([answer.status, await rest(answer.body)], [status, ""], `${method} ${status}`);
      }
    },
  },
  "breaks off an answer that is shorter or longer than announced": {
    ways: all,
    async run(site, way, { framesItself }) {
      for (const has of framesItself ? [15] : [5, 15]) {
        await using request = site.open(way, `length?has=${has}`);
        const outcome = await request.answer
          .then(async ({ status, body }) => `${status} ${await rest(body)}`)
          .catch(() => "broken off");
        if (framesItself) assert.equal(outcome, "200 xxxxxxxxxx");
        else assert.match(outcome, /^(?:broken off$|502 .*Content-Length)/, `${has} of 10 bytes`);
      }
    },
  },
};

function newId(): string {
  return String(++ids);
}

/** The best of three: other tests use the machine, too. */
async function fastest(attempt: (id: string) => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let n = 0; n < 3 && best > 100; n++) best = Math.min(best, await attempt(newId()));
  return best;
}

/** Milliseconds until the handler knew. */
async function leave(site: Site, request: StreamedRequest, how: "reset" | "close", id: string): Promise<number> {
  const leftAt = Date.now();
  request[how]();
  return Number(await site.ask(`gone?id=${id}`)) - leftAt;
}

describe("streaming", () => {
  before(async () => {
    server = await startServer({ environment: { GUST_TLS_PORT: "0" } });
    tlsUrl = JSON.parse(readFileSync(path.join(server.dataDirectory, "run/server.json"), "utf8")).tlsUrl;
  });
  after(() => server[Symbol.asyncDispose]());

  for (const form of streamingForms) {
    describe(form.title, () => {
      let site: Site;
      before(async () => {
        const fields = { Type: "HTTP", Timeout: 30, ...form.fields };
        site = new Site((await deploy(server, form.name, await form.files(), fields)).url);
      });
      for (const [promise, { ways, run }] of Object.entries(cases)) {
        for (const way of ways) it(`${promise}: ${way}`, { timeout: 20_000 }, () => run(site, way, form));
      }
    });
  }
});
