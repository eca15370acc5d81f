import assert from "node:assert/strict";
import { it } from "node:test";
import { startScheduler } from "./testing/start-scheduler.ts";

it("says of every runtime whether it is there, and of the host's what would install one that is not", async () => {
  await using test = await startScheduler([]);
  const runtimes = new Map(test.scheduler.runtimes().map((runtime) => [runtime.name, runtime]));
  assert.partialDeepStrictEqual(runtimes.get("node26"), {
    state: "installed",
    problem: "",
    origin: "the platform's own",
  });
  for (const name of ["python3", "php8", "java"]) {
    const { state, problem, origin } = runtimes.get(name) ?? {};
    assert.equal(origin, "this host");
    if (state === "installed") assert.equal(problem, "");
    else assert.match(problem ?? "", /^this host has no .* \(Debian: apt-get install .*\)$/);
  }
});
