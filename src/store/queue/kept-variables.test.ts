import assert from "node:assert/strict";
import { it } from "node:test";
import { readVariables, writeVariables } from "./kept-variables.ts";

it("variables of a queued call come back as they were, and a row of before has its source alone", () => {
  const many = { TRIGGER_SRC: "apigw", TRACEPARENT: "00-1-2-01" };
  for (const variables of [{}, { TRIGGER_SRC: "timer" }, { TRIGGER_SRC: "{}" }, { TRACEPARENT: "00-1-2-01" }, many]) {
    assert.deepEqual(readVariables(writeVariables(variables)), variables);
  }
  assert.deepEqual(readVariables("timer"), { TRIGGER_SRC: "timer" });
});
