import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openControl } from "../opened-control.suite.ts";

const gust = { version: "2026-11-24" };

describe("runtimes in the product gust", () => {
  it("are listed, and fetched on request", async () => {
    await using opened = await openControl();
    const list = async (): Promise<unknown> => (await opened.call("ListRuntimes", {}, gust))["Runtimes"];
    const expected = { Name: "node18", Version: "18.20.8", Origin: "npm", State: "Absent", Problem: "", Functions: 1 };
    assert.deepEqual(await list(), [{ ...expected, Runtimes: ["Nodejs12.16"] }]);
    assert.equal((await opened.call("InstallRuntime", { Name: "node18" }, gust))["Error"], undefined);
    assert.partialDeepStrictEqual(await list(), [{ State: "Fetching" }]);
    const { Error: refusal } = await opened.call("InstallRuntime", { Name: "node5" }, gust);
    assert.equal(refusal?.Code, "InvalidParameterValue");
    assert.match(refusal.Message, /one of node18; it is "node5"/);
  });
});
