import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { newSandboxId } from "../../src/core/index.ts";
import { runtimePrograms, type Sandbox } from "../../src/sandbox/index.ts";
import { BoxMaker, soon, type MakeDriver } from "../conformance/box-maker.ts";
import { collect, initMessage } from "../conformance/channel-requests.ts";
import { processIn } from "../faults/boxes.ts";
import { programOf, type Attack, type Outcome } from "./attacks/attack.ts";
import type { Prey } from "./prey.ts";

/** Two sandboxes of one driver: one that attacks, and one to be attacked beside the host. */
export class Stage implements AsyncDisposable {
  readonly maker: BoxMaker;
  readonly victim: Sandbox;
  readonly #attacker: Sandbox;
  readonly #aim: Readonly<Record<string, string>>;

  private constructor(maker: BoxMaker, attacker: Sandbox, victim: Sandbox, aim: Readonly<Record<string, string>>) {
    this.maker = maker;
    this.#attacker = attacker;
    this.victim = victim;
    this.#aim = aim;
  }

  static async make(makeDriver: MakeDriver, { directory, aim }: Prey): Promise<Stage> {
    const maker = await BoxMaker.make(makeDriver);
    await writeFile(path.join(maker.codeDirectory, "removable"), "");
    await symlink(path.join(directory, "secret"), path.join(maker.codeDirectory, "planted-file"));
    await symlink(directory, path.join(maker.codeDirectory, "planted-directory"));
    await symlink("/proc/self/root", path.join(maker.codeDirectory, "planted-self"));
    await writeFile(path.join(maker.codeDirectory, "index.js"), evaluator);
    const victim = await startEvaluator(maker);
    const seen = (await evaluate(victim.box, `prepareVictim(${JSON.stringify(aim["token"])})`)) as {
      file: string;
      port: number;
    }; // what prepareVictim answers
    const attacker = await startEvaluator(maker);
    const { host, port } = victim.box.address(seen.port);
    const { pid } = await processIn(victim.box.id, path.basename(runtimePrograms.node26.command.at(-1) ?? ""));
    return new Stage(maker, attacker.box, victim.box, {
      ...aim,
      codeRoot: attacker.codeRoot,
      layersRoot: attacker.layersRoot,
      victimId: victim.box.id,
      victimPid: String(pid),
      victimFile: seen.file,
      victimAddress: host,
      victimPort: String(port),
    });
  }

  /** What an attack comes to in the attacker's box. Rejects when it is no proper program. */
  async attempt(attack: Attack): Promise<Outcome> {
    const code = `attack(${JSON.stringify(programOf(attack))}, ${JSON.stringify(Object.entries(this.#aim).flat())})`;
    const { words, complaint } = (await evaluate(this.#attacker, code)) as { words: string; complaint: string }; // what attack answers
    assert.match(words, /^(done|nothing|E[A-Z0-9]+)\n$/, `${words} ${complaint}`);
    return words.trim();
  }

  /** The value of an expression in a new box, which is left to the attack. */
  async boxOf(code: string): Promise<Sandbox> {
    const { box } = await startEvaluator(this.maker);
    await evaluate(box, code);
    return box;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.maker[Symbol.asyncDispose]();
  }
}

const evaluator = `
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const childProcess = require("node:child_process");
function attack(program, aim) {
  return new Promise((resolve) => childProcess.execFile("/usr/bin/perl", ["-e", program, ...aim], { env: { ...process.env, LC_ALL: "C" } }, (error, words, complaint) => resolve({ words, complaint: complaint + (error?.message ?? "") })));
}
/** Starts a Perl program that stays; resolves with the first it says. */
function hold(program) {
  const child = childProcess.spawn("/usr/bin/perl", ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data).trim())));
}
async function prepareVictim(token) {
  const file = os.tmpdir() + "/secret";
  fs.writeFileSync(file, token);
  const server = net.createServer((socket) => socket.end("inside")).listen(0, "0.0.0.0");
  await new Promise((resolve) => server.once("listening", resolve));
  return { file, port: server.address().port };
}
exports.main_handler = async (event) => ({ value: (await eval(event.code)) ?? null });
`;

interface Started {
  readonly box: Sandbox;
  readonly codeRoot: string;
  readonly layersRoot: string;
}

async function startEvaluator(maker: BoxMaker): Promise<Started> {
  const { codeDirectory } = maker;
  const layersDirectory = `${codeDirectory}-layers`;
  await mkdir(layersDirectory, { recursive: true });
  const box = await maker.driver.create({ id: newSandboxId(), program: runtimePrograms.node26 }, { signal: soon() });
  const assignment = { codeDirectory, layersDirectory, memoryMb: 128 };
  await box.assign(assignment, { signal: soon() });
  const { codeRoot, layersRoot, temporaryDirectory } = box.paths(assignment);
  const environment = { PATH: "/run/gust/bin:/usr/sbin:/usr/bin:/sbin:/bin", TMPDIR: temporaryDirectory };
  const message = { ...initMessage, form: "event", codeRoot, handler: "index.main_handler", environment } as const;
  const outcome = await box.channel.init(message, { signal: soon() });
  assert.equal(outcome.kind, "initialized", JSON.stringify(outcome));
  return { box, codeRoot, layersRoot };
}

/** The value of an expression inside a box. */
export async function evaluate(box: Sandbox, code: string): Promise<unknown> {
  const { receiver, answer, attach } = collect();
  const body = JSON.stringify({ code });
  attach(box.channel.open({ kind: "event", requestId: "r", deadlineMs: 20_000, pairs: [], body }, receiver));
  const { value } = JSON.parse((await answer).body.toString()) as { value: unknown }; // the evaluator's answer
  return value;
}
