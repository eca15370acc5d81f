import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { endWithInput } from "./end-with-input.ts";

describe("a resident process", () => {
  it("ends by the end of its input", async () => {
    const child = spawn("cat", { stdio: ["pipe", "ignore", "inherit"] });
    await endWithInput(child);
    assert.deepEqual([child.exitCode, child.signalCode], [0, null]);
  });

  it("is killed when it does not, and is ended once only", async () => {
    const child = spawn("sleep", ["1000"], { stdio: ["pipe", "ignore", "inherit"] });
    await endWithInput(child);
    assert.equal(child.signalCode, "SIGKILL");
    await endWithInput(child);
  });

  it("that could not be started needs no end", async () => {
    const child = spawn("/nonexistent/program");
    child.on("error", () => undefined);
    await endWithInput(child);
  });
});
