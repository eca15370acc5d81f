import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openDescriptors, soon } from "../conformance/box-maker.ts";
import { evaluate, type Stage } from "./stage.ts";

/** The platform's own socket, descriptor 3, in the hands of user code: it harms no one but the box that it belongs to. */
export function channelCases(stageOf: () => Stage): void {
  describe("the channel, written to by user code", () => {
    it("ends no call of another sandbox, whatever call it names", async () => {
      const { victim } = stageOf();
      const waiting = evaluate(victim, "new Promise((resolve) => (globalThis.release = resolve))");
      const forger = await stageOf().boxOf("1");
      const forged = evaluate(forger, childWith(forgedAnswers)); // ends its own call, too
      await assert.rejects(forged, /forged/);
      await forger.channel.ping({ signal: soon() });
      assert.equal(await evaluate(victim, `globalThis.release("kept")`), null);
      assert.equal(await waiting, "kept");
      await forger.kill();
    });

    it("breaks its own box when a child writes to it", async () => {
      const box = await stageOf().boxOf("1");
      await assert.rejects(evaluate(box, childWith(`syswrite($channel, "\\xff" x 64)`)), /protocol/);
      assert.equal((await box.channel.closed).reason, "protocol");
      assert.equal((await box.ended).kind, "killed");
    });

    it("hands over no descriptors", async () => {
      const box = await stageOf().boxOf("1");
      const before = openDescriptors();
      assert.equal(await evaluate(box, childWith(sentDescriptors)), 200);
      await box.channel.ping({ signal: soon() });
      assert.equal(openDescriptors(), before);
      await box.kill();
    });

    it("does not keep the box alive in the hands of a child that left everything behind", async () => {
      const box = await stageOf().boxOf("1");
      const daemon = "POSIX::setsid(); exit if fork; $SIG{TERM} = 'IGNORE'; sleep 600";
      await assert.rejects(evaluate(box, `${childWith(daemon)}; process.exit(5)`));
      assert.deepEqual(await box.ended, { kind: "exited", code: 5, signal: null });
    });

    it("ends the box when user code closes it", async () => {
      const box = await stageOf().boxOf("1");
      await assert.rejects(evaluate(box, childWith("shutdown($channel, 2)")));
      assert.equal((await box.channel.closed).reason, "end");
      await box.ended;
    });
  });
}

/** An expression that runs Perl with the channel as `$channel`; its value is the exit code. */
function childWith(perl: string): string {
  const program = `use strict; use POSIX (); open(my $channel, '+<&=', 3) or die; ${perl}`;
  const options = `{ stdio: ["ignore", "ignore", "inherit", 3] }`;
  return `childProcess.spawnSync("/usr/bin/perl", ["-e", ${JSON.stringify(program)}], ${options}).status`;
}

/** ERROR for each of the first thirty calls in each of the first forty slots. */
const forgedAnswers = String.raw`
  my $failure = '{"kind":"user","errorType":"E","message":"forged","stackTrace":""}';
  for my $generation (1 .. 30) {
    for my $slot (0 .. 39) {
      my $frame = pack('VCV', 5 + length $failure, 9, $generation << 12 | $slot) . $failure;
      while (length $frame) {
        my $sent = syswrite($channel, $frame);
        if (defined $sent) { substr($frame, 0, $sent, '') } else { select(undef, undef, undef, 0.001) }
      }
    }
  }`;

/** 200 PONG frames, each with a descriptor of /usr beside it; exits with how many were taken. */
const sentDescriptors = String.raw`
  opendir(my $directory, '/usr') or die;
  my ($frame, $taken) = (pack('VCVV', 9, 14, 0, 0), 0);
  my $control = pack('QiiiX0x4', 20, 1, 1, fileno $directory);
  my $piece = pack('PQ', $frame, length $frame);
  my $message = pack('QLx4PQPQix4', 0, 0, $piece, 1, $control, length $control, 0);
  $taken++ while $taken < 200 && syscall(${process.arch === "arm64" ? 211 : 46}, fileno $channel, $message, 0) > 0;
  exit $taken;`;
