import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { newSandboxId } from "../../src/core/index.ts";
import type { RuntimeFailure } from "../../src/sandbox/index.ts";
import {
  BoxMaker,
  eventually,
  keepingLogger,
  newToken,
  openDescriptors,
  processesWith,
  soon,
  type MakeDriver,
} from "./box-maker.ts";
import { CallFailure, collect, httpHead, request } from "./channel-requests.ts";

/** However a box ends: its calls hear of it once, and nothing of it stays. */
export function endingCases(makeDriver: MakeDriver, ownerScript: string): void {
  describe("an end", () => {
    it("by exit in the middle of calls fails each of them once", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready();
      const failures: RuntimeFailure[] = [];
      const { receiver } = collect({ onError: (failure) => void failures.push(failure) });
      for (let index = 0; index < 10; index++) box.channel.open(httpHead("/hang", ""), receiver);
      box.channel.open(httpHead("/exit?code=3", ""), receiver);
      assert.deepEqual(await box.ended, { kind: "exited", code: 3, signal: null });
      assert.deepEqual(
        failures.map((failure) => failure.kind),
        Array.from({ length: 11 }, () => "exit"),
      );
      assert.equal((await box.channel.closed).reason, "end");
      await assert.rejects(request(box.channel, "/echo"), CallFailure);
    });

    it("by a signal from elsewhere says which", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready();
      await assert.rejects(request(box.channel, "/die"), /exit/);
      assert.deepEqual(await box.ended, { kind: "signaled", code: null, signal: "SIGKILL" });
    });

    it("announced by the runtime says why", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready();
      const failures: string[] = [];
      box.channel.onFailure = (failure) => void failures.push(failure.message);
      await assert.rejects(request(box.channel, "/fatal"), /exit/);
      assert.deepEqual(failures, ["uncaught"]);
      assert.equal((await box.ended).code, 1);
    });

    it("by kill works on a blocked event loop", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box, lines } = await maker.ready();
      const answer = request(box.channel, "/block");
      await eventually(
        () => lines.some((line) => line.text === "blocks"),
        () => "it never started",
      );
      await assert.rejects(box.channel.ping({ signal: AbortSignal.timeout(50) }));
      assert.equal((await box.kill()).kind, "killed");
      await assert.rejects(answer, /exit/);
      assert.equal((await box.kill()).kind, "killed");
    });

    it("by STOP lets calls finish", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box, lines } = await maker.ready();
      const { receiver, answer } = collect();
      const call = box.channel.open(httpHead("/hang", ""), receiver);
      await eventually(
        () => lines.some((line) => line.text === "hangs"),
        () => "it never started",
      );
      box.channel.stop(5_000);
      call.cancel("stopping");
      await assert.rejects(answer, /cancelled 3/);
      assert.deepEqual(await box.ended, { kind: "exited", code: 0, signal: null });
    });

    it("by too much memory says so", async (t) => {
      await using maker = await BoxMaker.make(makeDriver);
      if (!maker.driver.capabilities().limitsMemory) return t.skip("this driver does not limit memory");
      const { box } = await maker.ready({ memoryMb: 128 });
      await assert.rejects(request(box.channel, "/memory"), CallFailure);
      assert.equal((await box.ended).kind, "memory");
      assert.ok(box.memory().peakBytes > 128 * 1024 * 1024);
    });

    it("by the interpreter's own heap limit says so", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready({ memoryMb: 8_000 });
      await assert.rejects(request(box.channel, "/heap"), CallFailure);
      assert.equal((await box.ended).kind, "memory");
    });

    it("is its own, whatever a grandchild said of its heap before", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box, lines } = await maker.ready({ memoryMb: 8_000 });
      const { body } = await request(box.channel, "/childs-heap");
      assert.equal(body.toString(), "SIGABRT", "how the grandchild ended");
      await eventually(
        () => lines.some((line) => line.text.includes("JavaScript heap out of memory")),
        () => lines.map((line) => line.text).join("\n"),
      );
      await assert.rejects(request(box.channel, "/abort"), CallFailure);
      assert.deepEqual(await box.ended, { kind: "signaled", code: null, signal: "SIGABRT" });
    });

    it("takes grandchildren along, in the process group or out of it", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready();
      await request(box.channel, "/fork");
      await eventually(
        () => processesWith(maker.token).length >= 5,
        () => processesWith(maker.token).join("\n"),
      );
      await box.kill();
      assert.deepEqual(processesWith(maker.token), []);
    });

    it("takes the temporary directory along", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const { box } = await maker.ready();
      const { body } = await request(box.channel, "/litter");
      await box.kill();
      assert.equal(existsSync(path.join(body.toString(), "litter")), false);
    });

    it("of the driver leaves nothing, whatever is under way", async () => {
      const maker = await BoxMaker.make(makeDriver);
      const starting = maker.create().then(
        () => "made",
        () => "refused",
      );
      const { box } = await maker.ready();
      const answer = request(box.channel, "/hang");
      await maker[Symbol.asyncDispose]();
      await assert.rejects(answer, /exit|not-begun/); // whether the runtime had read it by then
      await starting;
      assert.deepEqual(processesWith(maker.token), []);
      await assert.rejects(maker.create(), { code: "InsufficientResources" });
    });

    it("of 50 boxes leaves no process, descriptor or directory", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      await (await maker.create()).kill();
      const descriptors = openDescriptors();
      const files = await readdir(maker.runDirectory, { recursive: true });
      for (let round = 0; round < 5; round++) {
        const boxes = await Promise.all(Array.from({ length: 10 }, () => maker.create()));
        await Promise.all(boxes.map(async (box) => box[Symbol.asyncDispose]()));
      }
      assert.deepEqual(processesWith(maker.token), []);
      assert.deepEqual(await readdir(maker.runDirectory, { recursive: true }), files);
      assert.ok(openDescriptors() <= descriptors, `${openDescriptors()} descriptors, ${descriptors} before`);
      assert.deepEqual(maker.complaints, []);
    });

    it("of the owner by kill -9 leaves boxes that the next driver removes", async () => {
      await using parts = new AsyncDisposableStack();
      const runDirectory = await mkdtemp(path.join(os.tmpdir(), "gust-conformance-"));
      parts.defer(() => rm(runDirectory, { recursive: true, force: true })); // after the driver, which writes there at its end
      const token = newToken();
      const owner = spawn(process.execPath, [ownerScript, runDirectory, token], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => owner.stdout.once("data", resolve));
      const ended = new Promise((resolve) => owner.once("exit", resolve));
      owner.kill("SIGKILL");
      await ended;
      const outliving = processesWith(token).length;
      await mkdir(path.join(runDirectory, "boxes"), { recursive: true });
      await writeFile(path.join(runDirectory, "boxes", "cut short"), "");
      const complaints: string[] = [];
      const driver = parts.use(await makeDriver({ runDirectory, logger: keepingLogger(complaints) }));
      // in a container they go with their first process, which ends by itself at about this time
      if (!driver.capabilities().limitsProcesses)
        assert.ok(outliving > 0, "strays that left the group outlive the owner");
      assert.deepEqual(processesWith(token), []);
      assert.deepEqual(await readdir(path.join(runDirectory, "boxes")), []);
      assert.deepEqual(complaints, []);
    });
  });

  describe("a start", () => {
    it("that never becomes ready ends with its signal, and nothing stays", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const giveUp = new AbortController();
      const created = maker.create({ mode: "silent", signal: giveUp.signal });
      await eventually(
        () => processesWith(maker.token).length > 0,
        () => "it never started",
      );
      giveUp.abort(new Error("given up"));
      await assert.rejects(created, /given up/);
      assert.deepEqual(processesWith(maker.token), []);
    });

    it("of a runtime that dies tells its last words", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      await assert.rejects(maker.create({ mode: "dies" }), {
        code: "InstanceStartFailed",
        message: /exit code 7.*the fixture cannot start/,
      });
    });

    for (const mode of ["garbage", "early"]) {
      it(`of a runtime that speaks ${mode} is refused`, async () => {
        await using maker = await BoxMaker.make(makeDriver);
        await assert.rejects(maker.create({ mode }), { code: "InstanceStartFailed", message: /protocol/ });
        assert.deepEqual(processesWith(maker.token), []);
      });
    }

    it("of a program that is not there says so", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const box = { id: newSandboxId(), program: { name: "x", command: ["/no/such"] } };
      await assert.rejects(maker.driver.create(box, { signal: soon() }), { code: "InstanceStartFailed" });
    });
  });
}
