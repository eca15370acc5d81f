import assert from "node:assert/strict";
import { it } from "node:test";
import { formOf, formOfSummary } from "./function-form.ts";

for (const [what, found, expected, inList] of [
  ["type Event", { Type: "Event", Runtime: "Nodejs18.15", Handler: "index.main_handler" }, "event", "event"],
  ["type HTTP with a handler", { Type: "HTTP", Runtime: "Nodejs18.15", Handler: "index.default" }, "http", null],
  ["type HTTP with scf_bootstrap", { Type: "HTTP", Runtime: "Nodejs18.15", Handler: "" }, "service", null],
  ["a runtime of 2019", { Type: "HTTP", Runtime: "Nodejs8.9-service", Handler: "app.js" }, "service", "service"],
  ["CustomRuntime", { Type: "HTTP", Runtime: "CustomRuntime", Handler: "" }, "service", "service"],
  ["type Service", { Type: "Service", Runtime: "Nodejs18.15", Handler: "server.js" }, "service", "service"],
] as const) {
  it(`${what} is the form ${expected}, which its entry in a list ${inList === null ? "leaves open" : "tells"}`, () => {
    assert.equal(formOf(found), expected);
    const { Type, Runtime } = found;
    assert.equal(formOfSummary({ Type, Runtime }), inList);
  });
}
