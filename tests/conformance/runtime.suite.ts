import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { writeCodePackage, type PackageFiles } from "./code-package.ts";
import type { RuntimeCall } from "./runtime-call.ts";
import { RuntimeClient, type InitOptions } from "./runtime-client.ts";
import { FrameType } from "./runtime-frames.ts";

/** User code in the runtime's language that does one thing; the suite asks for the thing, not for how it is written. */
interface Program {
  readonly handler: string;
  readonly files: PackageFiles;
}

/** One runtime as the suite sees it. */
export interface RuntimeSubject {
  /** What it calls itself in READY. */
  readonly name: string;
  /** What the tests call it, when a runtime is tested in more ways than one. */
  readonly title?: string;
  readonly command: readonly string[];
  readonly programs: {
    /** Gives `{"event": <the event>, "requestId": <its id>, "variable": <environment variable GREETING>}`. */
    readonly echo: Program;
    /** Prints the event's `lines` to stdout one by one and `err` to stderr, then begins a line without ending it: `rest`. */
    readonly print: Program;
    /** Throws an error with message `broken on purpose`. */
    readonly fail: Program;
    /** Gives a string of `event.size` times the letter x. */
    readonly size: Program;
    /** Ends the process with code 7. */
    readonly exit: Program;
    /** Gives something that JSON cannot say. */
    readonly notJson: Program;
    /** The file is there; the export is not. Null where there are no exports. */
    readonly noExport: Program | null;
    readonly noFile: Program;
    /** Loading the file fails with message `not loadable`. */
    readonly unloadable: Program;
    /** Waits for ever in the way that keeps the process alive; answers the event `{"quick": true}` at once. */
    readonly hang: Program;
  };
}

/** What every runtime owes to PROTOCOL.md. */
export function describeRuntime(subject: RuntimeSubject): void {
  const { programs, title = subject.name } = subject;

  async function withProgram(
    program: Program,
    test: (client: RuntimeClient) => Promise<void>,
    options: Partial<InitOptions> = {},
  ): Promise<void> {
    await using code = await writeCodePackage(program.files);
    await using client = new RuntimeClient(subject.command);
    await client.start({ codeRoot: code.root, handler: program.handler, ...options });
    await test(client);
    assert.equal(client.overdrawn, 0, "the runtime sent more than its credit");
  }

  async function failureOfInit(program: Program): Promise<{ kind: string; message: string; stackTrace: string }> {
    await using code = await writeCodePackage(program.files);
    await using client = new RuntimeClient(subject.command);
    await client.ready();
    const answer = await client.init({ codeRoot: code.root, handler: program.handler });
    assert.ok(answer.failure, "INIT must fail");
    return answer.failure;
  }

  describe(`${title}: the channel`, () => {
    it("says READY first, with its name and version", async () => {
      await using client = new RuntimeClient(subject.command);
      const ready = await client.ready();
      assert.equal(ready.protocol, 1);
      assert.equal(ready.runtime, subject.name);
      assert.match(ready.version, /^\d+\.\d+/);
    });

    it("does what PREPARE says without the code, and loads it at the INIT that follows", async (test) => {
      await using code = await writeCodePackage(programs.echo.files);
      await using client = new RuntimeClient(subject.command);
      if ((await client.ready()).prepares !== true) return test.skip("it takes no PREPARE");
      const elsewhere = `${code.root}-not-yet`;
      await rename(code.root, elsewhere);
      client.prepare({ codeRoot: code.root, handler: programs.echo.handler, environment: { GREETING: "hello" } });
      await client.ping();
      await rename(elsewhere, code.root);
      assert.deepEqual(await client.init(null), { handler: "event" });
      const { body } = await client.invoke({}).answer;
      assert.equal(JSON.parse(body.toString()).variable, "hello");
    });

    it("answers PING with the same number, calls or not", () =>
      withProgram(programs.hang, async (client) => {
        assert.equal(await client.ping(), 1);
        client.invoke({});
        assert.equal(await client.ping(), 2);
      }));

    it("ends when the platform is gone", () =>
      withProgram(programs.hang, async (client) => {
        client.invoke({});
        await client.ping();
        client.hangUp();
        await client.exited();
      }));

    it("finishes running calls at STOP, takes no new ones, and exits with 0", () =>
      withProgram(programs.size, async (client) => {
        const running = client.invoke({ size: 1_000_000 });
        client.stop(5_000);
        assert.equal((await running.answer).failure, null);
        assert.deepEqual(await client.exited(), { code: 0, signal: null });
      }));

    it("ends a call that does not end within the grace of STOP", () =>
      withProgram(programs.hang, async (client) => {
        const running = client.invoke({});
        client.stop(50);
        assert.equal((await running.answer).failure?.kind, "exit");
        assert.equal((await client.exited()).code, 0);
      }));

    it("drops frames about calls that it does not know", () =>
      withProgram(programs.echo, async (client) => {
        client.send(FrameType.data, 99, "stray");
        client.send(FrameType.end, 99, "");
        client.send(FrameType.cancel, 99, Buffer.from([1]));
        client.send(FrameType.window, 99, Buffer.alloc(4));
        assert.equal((await client.invoke({ still: "here" }).answer).failure, null);
      }));
  });

  describe(`${title}: events`, () => {
    it("gives the handler event, request id and environment", () =>
      withProgram(
        programs.echo,
        async (client) => {
          const call = client.invoke({ text: "zażółć 你好", list: [1, null] });
          const { body, failure } = await call.answer;
          assert.equal(failure, null);
          assert.deepEqual(JSON.parse(body.toString()), {
            event: { text: "zażółć 你好", list: [1, null] },
            requestId: `request-${call.id}`,
            variable: "zażółć 你好",
          });
        },
        { environment: { GREETING: "zażółć 你好" } },
      ));

    it("sets variables of one call for that call alone", () =>
      withProgram(
        programs.echo,
        async (client) => {
          const variable = async (variables: string[]): Promise<unknown> =>
            JSON.parse((await client.invoke({}, { variables }).answer).body.toString()).variable;
          assert.equal(await variable(["GREETING", "for once"]), "for once");
          assert.equal(await variable([]), "always");
        },
        { environment: { GREETING: "always" } },
      ));

    it("takes an event of several megabytes in pieces", () =>
      withProgram(programs.echo, async (client) => {
        const event = { text: "e".repeat(4_000_000) };
        const { body } = await client.invoke(event).answer;
        assert.equal(JSON.parse(body.toString()).event.text.length, 4_000_000);
      }));

    it("sends a large result within its credit, as the platform takes it", () =>
      withProgram(programs.size, async (client) => {
        const call = client.invoke({ size: 3_000_000 });
        call.isGranting = false;
        await client.ping();
        await client.ping();
        assert.ok(call.receivedBytes <= 262_144);
        call.isGranting = true;
        call.grant(65_536);
        assert.equal((await call.answer).body.length, 3_000_002);
      }));

    it("refuses a result over the limit, and answers the next call", () =>
      withProgram(
        programs.size,
        async (client) => {
          const { failure } = await client.invoke({ size: 100_000 }).answer;
          assert.equal(failure?.kind, "result-too-large");
          assert.match(failure.message, /body size is too long/);
          assert.equal((await client.invoke({ size: 10 }).answer).body.toString(), `"${"x".repeat(10)}"`);
        },
        { maxResultBytes: 50_000 },
      ));

    it("says bad-result of what is not JSON", () =>
      withProgram(programs.notJson, async (client) => {
        assert.equal((await client.invoke({}).answer).failure?.kind, "bad-result");
      }));

    it("says what user code threw, with a stack that shows no file of the runtime", () =>
      withProgram(programs.fail, async (client) => {
        const { failure } = await client.invoke({}).answer;
        assert.equal(failure?.kind, "user");
        assert.equal(failure.message, "broken on purpose");
        assert.doesNotMatch(failure.stackTrace, /runtimes\//);
        assert.match(failure.stackTrace, new RegExp(programs.fail.handler.split(".")[0] ?? ""));
      }));

    it("fails the call when user code ends the process, and says the code", () =>
      withProgram(programs.exit, async (client) => {
        const { failure } = await client.invoke({}).answer;
        assert.equal(failure?.kind, "exit");
        assert.match(failure.message, /code 7/);
        assert.equal((await client.exited()).code, 7);
        assert.equal(client.failures[0]?.kind, "exit");
      }));

    it("sends every printed line before the answer, with the call it belongs to", () =>
      withProgram(programs.print, async (client) => {
        const call = client.invoke({ lines: ["one", "", "three 你"], err: "oops" });
        await call.answer;
        assert.deepEqual(
          client.logs.filter((line) => line.call === call.id && line.stream === 1).map(({ text }) => text),
          ["one", "", "three 你", "rest"],
        );
        assert.deepEqual(
          client.logs.filter((line) => line.stream === 2),
          [{ call: call.id, stream: 2, text: "oops" }],
        );
      }));

    it("cuts lines over 64 KiB", () =>
      withProgram(programs.print, async (client) => {
        const call = client.invoke({ lines: ["l".repeat(200_000)], err: "" });
        await call.answer;
        assert.equal(client.linesOf(call.id)[0]?.length, 65_536);
      }));
  });

  describe(`${title}: a call right behind INIT`, () => {
    async function behindInit(
      program: Program,
      event: unknown,
      test: (client: RuntimeClient, call: RuntimeCall, initialized: ReturnType<RuntimeClient["init"]>) => Promise<void>,
      isCancelled = false,
    ): Promise<void> {
      await using code = await writeCodePackage(program.files);
      await using client = new RuntimeClient(subject.command);
      await client.ready();
      const [call, initialized] = client.together(() => {
        const answer = client.init({ codeRoot: code.root, handler: program.handler });
        const sent = client.invoke(event);
        if (isCancelled) sent.cancel();
        return [sent, answer];
      });
      await test(client, call, initialized);
    }

    it("begins when the handler is loaded and INITIALIZED is said", () =>
      behindInit(programs.print, { lines: ["one"], err: "" }, async (client, call, initialized) => {
        assert.deepEqual(await initialized, { handler: "event" });
        assert.equal((await call.answer).failure, null);
        assert.equal(client.linesOf(call.id)[0], "one");
        assert.ok(client.received.indexOf(FrameType.initialized) < client.received.indexOf(FrameType.log));
        assert.equal((await client.invoke({ lines: [], err: "" }).answer).failure, null);
      }));

    it("hears nothing when INIT fails", () =>
      behindInit(programs.unloadable, {}, async (client, call, initialized) => {
        assert.equal((await initialized).failure?.kind, "code");
        await client.ping();
        client.hangUp();
        assert.equal((await call.answer).failure?.kind, "closed");
      }));

    it("fails without having begun when it is cancelled before", () =>
      behindInit(
        programs.print,
        { lines: ["one"], err: "" },
        async (client, call, initialized) => {
          assert.deepEqual(await initialized, { handler: "event" });
          assert.equal((await call.answer).failure?.kind, "user");
          assert.equal((await client.invoke({ lines: ["two"], err: "" }).answer).failure, null);
          assert.deepEqual(client.linesOf(call.id), []);
        },
        true,
      ));
  });

  describe(`${title}: loading`, () => {
    it("says which files there are when the handler's is missing", async () => {
      const failure = await failureOfInit(programs.noFile);
      assert.equal(failure.kind, "handler-missing");
      for (const name of Object.keys(programs.noFile.files)) assert.match(failure.message, new RegExp(basename(name)));
    });

    const { noExport } = programs;
    it("says which exports there are when the handler's is missing", { skip: noExport === null }, async () => {
      assert.ok(noExport);
      const failure = await failureOfInit(noExport);
      assert.equal(failure.kind, "handler-missing");
      assert.match(failure.message, /other_handler/);
    });

    it("says why the file could not be loaded", async () => {
      const failure = await failureOfInit(programs.unloadable);
      assert.equal(failure.kind, "code");
      assert.match(failure.message, /not loadable/);
    });
  });
}
