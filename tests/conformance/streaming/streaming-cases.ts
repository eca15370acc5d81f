import assert from "node:assert/strict";
import { piece, rest, type Way } from "./streaming-client.ts";
import type { StreamingForm } from "./streaming-forms.ts";
import {
  bodyOf,
  fastest,
  kib64,
  leave,
  mostUnderWay,
  newId,
  read,
  write,
  writeUntilHeld,
  type StreamingSite,
} from "./streaming-site.ts";

const all: readonly Way[] = ["direct", "node", "h2"];
/** A body that is streamed is never read directly. */
const streaming: readonly Way[] = ["node", "h2"];

interface StreamingCase {
  readonly ways: readonly Way[];
  run(site: StreamingSite, way: Way, form: StreamingForm): Promise<void>;
}

/** What every form owes to its clients, by the promise. */
export const streamingCases: Readonly<Record<string, StreamingCase>> = {
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
        await using request = site.post(way, `take?id=${newId()}`, headers);
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
  "cancels a call whose body ends before it is as long as announced": {
    ways: streaming,
    async run(site, way) {
      const id = newId();
      await using request = site.post(way, `take?id=${id}`, { "content-length": "200000" });
      await write(request.body, kib64);
      await site.standstill(id); // the call has begun
      if (way === "h2") request.body.end();
      else request.close();
      await site.ask(`gone?id=${id}`);
      const status = await request.answer.then(
        (answer) => answer.status,
        () => "broken off",
      );
      assert.equal(status, way === "h2" ? "broken off" : 400);
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
