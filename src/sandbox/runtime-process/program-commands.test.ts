import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeProgram } from "../driver.ts";
import { ProgramCommands } from "./program-commands.ts";

const never = { signal: new AbortController().signal };

describe("the command of a program that is made on this host", () => {
  it("is made once, also when the first to ask gives up", async () => {
    const rest = Promise.withResolvers<void>();
    let runs = 0;
    const prepare: NonNullable<RuntimeProgram["prepare"]> = async (directory, { signal }) => {
      runs++;
      await rest.promise;
      signal.throwIfAborted();
      return [`${directory}/made`];
    };
    const program = { name: "made", command: [], prepare };
    const commands = new ProgramCommands("/programs");
    const leaving = new AbortController();
    const first = commands.of(program, { signal: leaving.signal });
    const second = commands.of(program, never);
    leaving.abort(new Error("no patience"));
    await assert.rejects(first, /no patience/);
    rest.resolve();
    assert.deepEqual(await second, ["/programs/made"]);
    assert.deepEqual(await commands.of(program, never), ["/programs/made"]);
    assert.equal(runs, 1);
  });

  it("is tried again by whoever asks after a failure", async () => {
    let isBroken = true;
    const prepare = async (): Promise<readonly string[]> => {
      if (isBroken) throw new Error("broken");
      return ["mended"];
    };
    const program = { name: "made", command: [], prepare };
    const commands = new ProgramCommands("/programs");
    await assert.rejects(commands.of(program, never), /broken/);
    isBroken = false;
    assert.deepEqual(await commands.of(program, never), ["mended"]);
  });
});
