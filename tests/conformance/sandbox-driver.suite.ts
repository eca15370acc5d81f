import { describe } from "node:test";
import { newSandboxId } from "../../src/core/index.ts";
import { keepingLogger, scriptedProgram, soon, type MakeDriver } from "./box-maker.ts";
import { initMessage, request } from "./channel-requests.ts";
import { callCases } from "./driver-call-cases.ts";
import { endingCases } from "./driver-ending-cases.ts";
import { hostileCases } from "./driver-hostile-cases.ts";

/**
 * What every sandbox driver promises, tried with a scripted runtime of the suite's own (`fixtures/scripted-runtime.js`).
 * `ownerScript` is a program that calls `ownBoxes` with the same `makeDriver`: it is killed to see what stays.
 */
export function driverConformance(name: string, makeDriver: MakeDriver, ownerScript: string): void {
  describe(`the ${name} driver`, { concurrency: false, timeout: 120_000 }, () => {
    callCases(makeDriver);
    endingCases(makeDriver, ownerScript);
    hostileCases(makeDriver);
  });
}

/** For an owner script: makes boxes with descendants of every kind on `process.argv[2]`, says so, and never ends by itself. */
export async function ownBoxes(makeDriver: MakeDriver): Promise<void> {
  const [, , runDirectory, token] = process.argv;
  if (runDirectory === undefined || token === undefined) throw new Error("usage: <run directory> <token>");
  const complaints: string[] = [];
  const driver = await makeDriver({ runDirectory, logger: keepingLogger(complaints) });
  for (let index = 0; index < 3; index++) {
    const box = await driver.create({ id: newSandboxId(), program: scriptedProgram(token) }, { signal: soon() });
    await box.channel.init(initMessage, { signal: soon() });
    await request(box.channel, "/fork");
  }
  process.stdout.write("made\n");
  setInterval(() => undefined, 60_000);
}
