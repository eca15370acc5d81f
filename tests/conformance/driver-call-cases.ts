import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { BoxMaker, eventually, soon, type Line, type MakeDriver } from "./box-maker.ts";
import { CallFailure, collect, httpHead, initMessage, request, upload } from "./channel-requests.ts";

/** Calls to a runtime that behaves. One box serves them all. */
export function callCases(makeDriver: MakeDriver): void {
  describe("calls", () => {
    let maker: BoxMaker;
    let box: Sandbox;
    let lines: Line[];

    before(async () => {
      maker = await BoxMaker.make(makeDriver);
      ({ box, lines } = await maker.ready());
    });
    after(async () => maker[Symbol.asyncDispose]());

    it("tells the handler where its code is", () => {
      assert.match(lines[0]?.text ?? "", /^init index\.handler from \/./);
    });

    it("answers 1,000 calls, 200 at a time, with bodies up to 1 MB, byte for byte", async () => {
      const one = async (): Promise<void> => {
        const size = Math.floor(Math.random() ** 6 * 1_000_000); // most small, a few large
        const body = randomBytes(size);
        const answer = await request(box.channel, "/echo", body);
        assert.ok(answer.body.equals(body), `${size} bytes came back changed`);
      };
      const worker = async (): Promise<void> => {
        for (let round = 0; round < 5; round++) await one();
      };
      await Promise.all(Array.from({ length: 200 }, worker));
      assert.equal(box.channel.activeCalls, 0);
    });

    it("keeps every character of a header, and of a body given as text", async () => {
      const { receiver, answer, attach } = collect();
      const head = { ...httpHead("/echo?ü", "grüß dich 你好"), requestId: "id-ÿ" };
      attach(box.channel.open(head, receiver));
      assert.deepEqual((await answer).pairs, ["x-request", "id-ÿ"]);
      assert.equal((await answer).body.toString(), "grüß dich 你好");
    });

    it("streams 100 MB up within constant memory", async () => {
      const piece = randomBytes(100_000);
      const hash = createHash("sha256");
      for (let index = 0; index < 1_000; index++) hash.update(piece);
      const rssBefore = process.memoryUsage().rss;
      const { body } = await upload(box.channel, "/sink", repeat(piece, 1_000));
      const { bytes, sha256 } = JSON.parse(body.toString()) as { bytes: number; sha256: string }; // the fixture's answer
      assert.equal(bytes, 100_000_000);
      assert.equal(sha256, hash.digest("hex"));
      assert.ok(process.memoryUsage().rss - rssBefore < 48e6, "the platform's end keeps the upload in memory");
    });

    it("waits for a runtime that reads slowly, and is told to go on each time", async () => {
      let written = 0;
      function* counted(): Generator<Buffer> {
        for (const piece of repeat(Buffer.alloc(65_536), 80)) {
          written += piece.length;
          yield piece;
        }
      }
      const answer = upload(box.channel, "/sink?pauseMs=2", counted());
      assert.ok(written <= 262_144 + 65_536, `${written} bytes were taken at once`);
      assert.equal((JSON.parse((await answer).body.toString()) as { bytes: number }).bytes, 80 * 65_536); // the fixture's answer
    });

    it("lets no more than the credit arrive at a consumer that takes nothing", async () => {
      let arrived = 0;
      const { receiver, answer, attach } = collect({ onData: (chunk) => void (arrived += chunk.length) });
      const call = box.channel.open(httpHead("/stream?bytes=100000000", ""), receiver);
      attach(call);
      await eventually(
        () => arrived === 262_144,
        () => `${arrived} bytes arrived`,
      );
      await box.channel.ping({ signal: soon() });
      assert.equal(arrived, 262_144);
      call.cancel("caller-gone");
      call.grant(arrived);
      await answer;
    });

    it("streams 100 MB down as the consumer takes it, with trailers", async () => {
      let bytes = 0;
      const { receiver, answer, attach } = collect({
        onData(chunk) {
          bytes += chunk.length;
          void nextTurn().then(() => call.grant(chunk.length));
        },
      });
      const rssBefore = process.memoryUsage().rss;
      const call = box.channel.open(httpHead("/stream?bytes=100000000", ""), receiver);
      attach(call);
      assert.deepEqual((await answer).trailers, ["x-sum", "done"]);
      assert.equal(bytes, 100_000_000);
      assert.ok(process.memoryUsage().rss - rssBefore < 48e6, "the platform's end keeps the download in memory");
    });

    it("streams both ways at once", async () => {
      const piece = randomBytes(70_001);
      const { body } = await upload(box.channel, "/pipe", repeat(piece, 100));
      assert.ok(body.equals(Buffer.concat(Array.from({ length: 100 }, () => piece))));
    });

    it("refuses more of a body that the runtime does not read", async () => {
      const { receiver, answer, attach } = collect();
      const call = box.channel.open(httpHead("/deaf"), receiver);
      attach(call);
      let written = 0;
      while (call.write(Buffer.alloc(10_000))) written += 10_000;
      assert.ok(written <= 262_144, `${written} bytes were taken without credit`);
      await box.channel.ping({ signal: soon() });
      call.abandon();
      assert.equal(await Promise.race([answer.then(String, String), Promise.resolve("silent")]), "silent");
      assert.equal(box.channel.activeCalls, 0);
    });

    it("carries a failure of the handler", async () => {
      await assert.rejects(request(box.channel, "/fail"), (error) => {
        assert.ok(error instanceof CallFailure);
        assert.deepEqual(error.failure, {
          kind: "user",
          errorType: "TypeError",
          message: "as told",
          stackTrace: "TypeError: as told\n    at x",
        });
        return true;
      });
    });

    it("tells the runtime that a call is cancelled, and why", async () => {
      const { receiver, answer } = collect();
      const call = box.channel.open(httpHead("/hang", ""), receiver);
      call.cancel("deadline");
      await assert.rejects(answer, /cancelled 2/);
    });

    it("forgets an abandoned call, and nothing late reaches the next in its place", async () => {
      const { receiver, answer } = collect();
      box.channel.open(httpHead("/hang", ""), receiver).abandon();
      assert.equal(box.channel.activeCalls, 0);
      for (let round = 0; round < 20; round++) {
        assert.equal((await request(box.channel, "/late")).body.toString(), "in time");
        assert.equal((await request(box.channel, "/echo", "mine")).body.toString(), "mine");
      }
      assert.equal(await Promise.race([answer.then(String, String), Promise.resolve("silent")]), "silent");
    });

    it("tags log lines with their call, in order, late ones too", async () => {
      const { receiver, answer } = collect();
      const head = httpHead("/log?lines=100", "");
      box.channel.open(head, receiver);
      await answer;
      await box.channel.ping({ signal: soon() });
      const own = lines.filter((line) => line.requestId === head.requestId);
      const expected = Array.from({ length: 100 }, (_, index) => `line ${index} of ${head.requestId}`);
      assert.deepEqual(
        own.map((line) => line.text),
        [...expected, "late"],
      );
      assert.deepEqual(new Set(own.map((line) => line.stream)), new Set(["stdout", "stderr"]));
      assert.ok(lines.some((line) => line.requestId === null && line.text === "of nobody"));
    });

    it("hands on what is written past the runtime's own capture", async () => {
      await request(box.channel, "/print");
      await eventually(
        () => ["straight out", "straight err"].every((text) => lines.some((line) => line.text === text)),
        () => JSON.stringify(lines.slice(-5)),
      );
    });

    it("bounds a flood of log lines, and says how many it dropped", async () => {
      const alreadyThere = lines.length;
      await request(box.channel, "/flood?lines=300000");
      await eventually(
        () => lines.some((line) => /log lines were dropped/.test(line.text)),
        () => "nothing was said about dropped lines",
      );
      assert.ok(lines.length - alreadyThere < 200_000, `${lines.length - alreadyThere} lines were handed on`);
    });

    it("answers a ping within a second", async () => {
      assert.ok((await box.channel.ping({ signal: soon() })) < 1_000);
    });
  });

  describe("initialization", () => {
    it("runs event handlers", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready({ init: { form: "event" } });
      const { receiver, answer, attach } = collect();
      const head = { kind: "event", requestId: "r-1", deadlineMs: 900, pairs: ["A", "b"], body: '{"x":1}' } as const;
      attach(box.channel.open(head, receiver));
      assert.equal((await answer).body.toString(), '{"x":1}["r-1","A","b"]');
    });

    it("gives the port of a service, and its address on the host", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const box = await maker.create();
      const message = { ...initMessage, form: "service", port: 12_345 } as const;
      const outcome = await box.channel.init(message, { signal: soon() });
      assert.deepEqual(outcome, { kind: "initialized", handler: "service", port: 12_345 });
      assert.ok(box.address(12_345).port > 0);
    });

    it("tells a failed one from an ended box", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const failing = await maker.create();
      const outcome = await failing.channel.init({ ...initMessage, handler: "fail" }, { signal: soon() });
      assert.ok(outcome.kind === "failed" && outcome.failure.kind === "handler-missing");
      const exiting = await maker.create();
      const ending = await exiting.channel.init({ ...initMessage, handler: "exit" }, { signal: soon() });
      assert.ok(ending.kind === "failed" && ending.failure.kind === "exit");
      assert.deepEqual(await exiting.ended, { kind: "exited", code: 9, signal: null });
    });

    it("can be given up", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const box = await maker.create();
      const giveUp = new AbortController();
      const outcome = box.channel.init({ ...initMessage, handler: "hang" }, { signal: giveUp.signal });
      giveUp.abort(new Error("given up"));
      await assert.rejects(outcome, /given up/);
    });
  });
}

function* repeat(piece: Buffer, times: number): Generator<Buffer> {
  for (let index = 0; index < times; index++) yield piece;
}
