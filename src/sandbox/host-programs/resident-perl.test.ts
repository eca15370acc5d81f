import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ResidentPerl } from "./resident-perl.ts";

interface Started {
  readonly perl: ResidentPerl;
  /** What it said so far, and its end. */
  readonly heard: string[];
  readonly ended: Promise<string>;
  nextLine(): Promise<string>;
}

async function start(t: TestContext, program: string): Promise<Started> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-perl-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const script = path.join(directory, "program.pl");
  await writeFile(script, `$| = 1; $SIG{TERM} = 'IGNORE';\n${program}`);
  const heard: string[] = [];
  const ended = Promise.withResolvers<string>();
  let next = Promise.withResolvers<string>();
  const say = (line: string): void => {
    heard.push(line);
    next.resolve(line);
    next = Promise.withResolvers<string>();
  };
  const unexpected = (): never => assert.fail("only complaints are logged");
  const logger = {
    error: unexpected,
    warn: (fields: { line?: string }, message: string) => say(`${message}: ${fields.line}`),
    info: unexpected,
    debug: unexpected,
  };
  const onEnd = (how: string): void => {
    heard.push("(end)");
    ended.resolve(how);
  };
  const perl = new ResidentPerl(script, ["word"], { title: "program", logger, onLine: say, onEnd });
  return { perl, heard, ended: ended.promise, nextLine: () => next.promise };
}

const echo = 'while (<STDIN>) { chomp; /^complain/ ? print STDERR "$_\\n" : print "$ARGV[0] $_\\n" }';

describe("a resident Perl program", () => {
  it("answers lines, has its complaints logged, and ends by the end of its input", async (t) => {
    const { perl, heard, ended, nextLine } = await start(t, echo);
    perl.say("one");
    assert.equal(await nextLine(), "word one");
    perl.say("complaint");
    assert.equal(await nextLine(), "The program complains: complaint");
    await perl[Symbol.asyncDispose]();
    assert.equal(await ended, "exit code 0, signal null");
    await perl[Symbol.asyncDispose]();
    assert.equal(heard.at(-1), "(end)");
  });

  it("is killed when it does not end by that", async (t) => {
    const { perl, ended, nextLine } = await start(t, 'print "up\\n"; sleep 1000;');
    await nextLine();
    await perl[Symbol.asyncDispose]();
    assert.equal(await ended, "exit code null, signal SIGKILL");
  });

  it("says nothing more once it is given up, and its end is told once", async (t) => {
    const { perl, heard, ended } = await start(t, echo);
    perl.say("too late");
    perl.giveUp("it did not answer");
    assert.equal(await ended, "it did not answer");
    await perl[Symbol.asyncDispose]();
    assert.deepEqual(heard, ["(end)"]);
  });
});
