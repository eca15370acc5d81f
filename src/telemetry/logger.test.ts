import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { createLogger } from "./logger.ts";

function capture(isTerminal: boolean) {
  const written: string[] = [];
  const logger = createLogger("info", { isTerminal, write: (text) => void written.push(text) });
  return { written, logger };
}

describe("the platform's log", () => {
  it("is one JSON object a line, with the level's name", () => {
    const { written, logger } = capture(false);
    logger.warn({ function: "hello" }, "A runtime did not start");
    const line = JSON.parse(written.join("")) as Record<string, unknown>; // one object a line
    assert.deepEqual([line["level"], line["msg"], line["function"]], ["warn", "A runtime did not start", "hello"]);
    assert.match(String(line["time"]), /^\d{4}-\d\d-\d\dT/);
  });

  it("is one readable line on a terminal", () => {
    const { written, logger } = capture(true);
    logger.info({ url: "http://127.0.0.1:4878", note: "two words" }, "Gust answers");
    const line = stripVTControlCharacters(written.join(""));
    assert.match(line, /^\d\d:\d\d:\d\d info  Gust answers  url=http:\/\/127.0.0.1:4878 note="two words"\n$/);
  });

  it("shows the stack of what a person must act on, the sentence of what healed itself", () => {
    const { written, logger } = capture(true);
    logger.error({ err: new Error("no") }, "Broken");
    logger.warn({ err: new Error("never mind") }, "Trying again");
    const [broken = "", again = ""] = written.map(stripVTControlCharacters);
    assert.match(broken, /Error: no\n\s+at /);
    assert.match(again, /Trying again\n\s+never mind\n$/);
  });

  it("leaves out what is below its level", () => {
    const { written, logger } = capture(false);
    logger.debug({}, "details");
    assert.deepEqual(written, []);
  });
});
