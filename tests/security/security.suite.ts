import assert from "node:assert/strict";
import { watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { createProcessDriver } from "../../src/sandbox/index.ts";
import type { MakeDriver } from "../conformance/box-maker.ts";
import { lacking, type Attack } from "./attacks/attack.ts";
import { fileAttacks, kernelFileAttacks } from "./attacks/files.ts";
import { kernelAttacks } from "./attacks/kernel.ts";
import { networkAttacks } from "./attacks/network.ts";
import { processAttacks } from "./attacks/processes.ts";
import { channelCases } from "./channel-cases.ts";
import { makePrey, type Prey } from "./prey.ts";
import { evaluate, Stage } from "./stage.ts";

/** Number of the system call inotify_init1. */
const inotify = process.arch === "arm64" ? 26 : 294;

/**
 * What a function in a box of a driver that isolates cannot do. Each attack is made twice: first with the process driver, which has no fence, as
 * root, where it must succeed (or this test shows nothing), then in the box, where it must be refused.
 */
export function securityCases(name: string, makeDriver: MakeDriver): void {
  describe(`a function in a box of the ${name} driver`, { concurrency: false, timeout: 120_000 }, () => {
    let prey: Prey;
    let open: Stage;
    let fenced: Stage;
    before(async () => {
      prey = await makePrey();
      open = await Stage.make(createProcessDriver, prey);
      fenced = await Stage.make(makeDriver, prey);
    });
    after(async () => {
      await open[Symbol.asyncDispose]();
      await fenced[Symbol.asyncDispose]();
      await prey[Symbol.asyncDispose]();
    });
    const refuses = (attacks: readonly Attack[]): void => {
      for (const attack of attacks) {
        it(`never ${attack.what}`, async (test) => {
          if (attack.unshown === undefined) {
            const unfenced = await open.attempt(attack);
            if (lacking.has(unfenced) || (attack.isOptional === true && unfenced === "ENOENT"))
              test.diagnostic(`not shown: this host has no such thing (${unfenced})`);
            else assert.equal(unfenced, "done", "without a fence it succeeds");
          }
          assert.notEqual(await fenced.attempt(attack), "done");
        });
      }
    };
    describe("files", () => refuses(fileAttacks));
    describe("files of the kernel", () => refuses(kernelFileAttacks));
    describe("processes", () => refuses(processAttacks));
    describe("the kernel", () => refuses(kernelAttacks));
    describe("networks and what is shared", () => refuses(networkAttacks));

    it("has a root of its own: nothing of the host but /usr, a link to built-in packages, an /etc without secrets", async () => {
      const list = async (place: string): Promise<unknown> => evaluate(fenced.victim, `fs.readdirSync("${place}")`);
      assert.deepEqual(
        await list("/"),
        "bin dev etc home lib lib64 node_modules opt proc run sbin tmp usr var".split(" "),
      );
      assert.deepEqual(await list("/home"), ["qcloud"]);
      assert.deepEqual(await list("/run"), ["gust"]);
      assert.equal(await evaluate(fenced.victim, `fs.existsSync("/etc/shadow")`), false);
      assert.equal(await evaluate(fenced.victim, `fs.existsSync(${JSON.stringify(fenced.maker.runDirectory)})`), false);
      assert.equal(
        await evaluate(fenced.victim, `fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).length`),
        2, // the first process and the runtime
      );
    });

    it("is an ordinary user without rights, under a filter of system calls", async () => {
      const status = String(await evaluate(fenced.victim, `fs.readFileSync("/proc/self/status", "utf8")`));
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
        assert.match(status, new RegExp(`^${set}:\\t0+$`, "m"));
      }
      assert.match(status, /^Uid:\t1000\t1000\t1000\t1000$/m);
      assert.match(status, /^NoNewPrivs:\t1$/m);
      assert.match(status, /^Seccomp:\t2$/m);
    });

    it("has the code that it was given, and nobody followed a link of it", async () => {
      assert.equal(await evaluate(fenced.victim, `fs.readFileSync("/var/user/removable", "latin1")`), "");
      assert.equal(await evaluate(fenced.victim, `fs.readlinkSync("/var/user/planted-self")`), "/proc/self/root");
      assert.deepEqual((await readdir(prey.directory)).toSorted(), ["secret", "secret.planted", "socket"]); // planted without a fence
    });

    it("cannot use up what the kernel gives to a user of the host: boxes are others", async () => {
      const watches = `$SIG{PIPE} = "IGNORE"; $| = 1; my @held; while (syscall(${inotify}, 0) >= 0) { push @held, 1 } print scalar(@held), "\n"; sleep 60`;
      const greedy = await fenced.boxOf("1");
      assert.ok(Number(await evaluate(greedy, `hold(${JSON.stringify(watches)})`)) >= 100);
      assert.equal(await evaluate(fenced.victim, `fs.watch("/tmp").close()`), null);
      watch(prey.directory).close();
      await greedy.kill();
    });

    channelCases(() => fenced);
  });
}
