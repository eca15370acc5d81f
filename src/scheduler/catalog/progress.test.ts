import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settle } from "../testing/fakes.ts";
import { Progress } from "./progress.ts";

const reason = (errorMessage: string) => ({ errorCode: "Building", errorMessage });

describe("progress of a preparation", () => {
  it("is written at once, then twice a second, and never after its end", async (context) => {
    context.mock.timers.enable({ apis: ["setInterval"] });
    const written: string[] = [];
    const progress = new Progress(async ({ errorMessage }) => void written.push(errorMessage));
    for (const text of ["one", "two", "three"]) progress.tell(reason(text));
    await settle();
    assert.deepEqual(written, ["one"]);
    context.mock.timers.tick(500);
    await settle();
    assert.deepEqual(written, ["one", "three"], "what nobody would have seen is left out");
    progress.tell(reason("four"));
    await progress.end();
    context.mock.timers.tick(5_000);
    assert.deepEqual(written, ["one", "three"]);
  });

  it("has ended when its last write has, whatever came of that", async () => {
    let fail = (): void => undefined;
    const progress = new Progress(() => new Promise((_resolve, reject) => (fail = () => reject(new Error("away")))));
    progress.tell(reason("one"));
    let isOver = false;
    const ended = progress.end().then(() => (isOver = true));
    await settle();
    assert.equal(isOver, false);
    fail();
    await ended;
  });
});
