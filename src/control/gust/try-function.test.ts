import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PlatformError } from "../../core/index.ts";
import { openControl } from "../opened-control.suite.ts";

const gust = { version: "2026-11-24" };

describe("TryFunction of the product gust", () => {
  it("tells of the version that is meant whether it starts, and why it does not", async () => {
    await using opened = await openControl();
    await opened.deploy("hello");
    const targets: unknown[] = [];
    opened.tryStart = async (target) => {
      targets.push(target);
      return { kind: "started" };
    };
    const tried = (fields = {}): Promise<unknown> =>
      opened.call("TryFunction", { FunctionName: "hello", ...fields }, gust);
    const nothing = { Reason: "", ErrorCode: "", StackTrace: "" };
    assert.partialDeepStrictEqual(await tried({ Qualifier: "$DEFAULT" }), { Outcome: "Started", ...nothing });
    assert.deepEqual(targets, [{ namespace: "default", name: "hello", qualifier: "$LATEST" }]);
    opened.tryStart = async () => ({
      kind: "failed",
      error: new PlatformError("UserCodeError", "does not load", { stackTrace: "at index.js:1" }),
    });
    assert.partialDeepStrictEqual(await tried(), {
      Outcome: "Failed",
      Reason: "does not load",
      ErrorCode: "UserCodeError",
      StackTrace: "at index.js:1",
    });
    opened.tryStart = async () => ({ kind: "untried", reason: "full" });
    assert.partialDeepStrictEqual(await tried(), { Outcome: "Untried", ...nothing, Reason: "full" });
    assert.partialDeepStrictEqual(await tried({ FunctionName: "nowhere" }), {
      Error: { Code: "ResourceNotFound.FunctionName" },
    });
  });
});
